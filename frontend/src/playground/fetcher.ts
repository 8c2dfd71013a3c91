/** Sends GraphiQL's operations to the server that served the page. */

import type { GraphiQLProps } from "graphiql";
import type { IntrospectionSchema } from "graphql";
import { developmentKey } from "../api/developmentKey";
import { printableSchema } from "./introspection";
import { operationNameIn } from "./operationName";

interface Answer {
  readonly data?: { readonly __schema?: IntrospectionSchema } & Readonly<Record<string, unknown>>;
  readonly errors?: readonly { readonly message: string }[];
}

/**
 * Adds the development key to requests whose headers carry no key. GraphiQL asks for the schema
 * before its headers editor exists, so the key cannot come from there alone.
 */
export const fetcher: GraphiQLProps["fetcher"] = async (
  { query, operationName, variables },
  { headers } = {},
) => {
  const sent = new Headers({ "content-type": "application/json", ...headers });
  try {
    const apiKey = sent.get("x-api-key") || (await developmentKey());
    if (apiKey) sent.set("x-api-key", apiKey);
  } catch (error) {
    // Sent without a key, the request would only fail with "a key is required".
    return { errors: [{ message: error instanceof Error ? error.message : String(error) }] };
  }
  const name = operationNameIn(query, operationName);
  const body = JSON.stringify({ query, operationName: name, variables });
  const answer = await answerTo({ method: "POST", headers: sent, body });
  const schema = answer.data?.__schema;
  return schema?.types
    ? { ...answer, data: { ...answer.data, __schema: printableSchema(schema) } }
    : answer;
};

/** The answer of the server, or why there is none: in a sentence, not in a stack trace. */
async function answerTo(request: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch("/graphql", request);
  } catch {
    return { errors: [{ message: "Cannot reach the server. Check that it is running." }] };
  }
  try {
    return (await response.json()) as Answer;
  } catch {
    const message = `The server answered HTTP ${response.status} without a GraphQL response.`;
    return { errors: [{ message }] };
  }
}
