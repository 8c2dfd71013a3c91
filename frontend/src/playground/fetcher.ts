/** Sends GraphiQL's operations to the server that served the page. */

import type { GraphiQLProps } from "graphiql";
import { developmentKey } from "../api/developmentKey";
import { operationNameIn } from "./operationName";
import { withRequestId } from "./requestId";

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
  const body = JSON.stringify({
    query,
    operationName: name,
    variables: withRequestId(variables),
  });
  return answerTo({ method: "POST", headers: sent, body });
};

/** The server's answer; in its place an error without a stack trace if there is none. */
async function answerTo(request: RequestInit) {
  try {
    const response = await fetch("/graphql", request);
    return await response.json().catch(() => failure(`The server answers ${response.status}.`));
  } catch {
    return failure("The server cannot be reached. Is it still running?");
  }
}

function failure(message: string) {
  return { errors: [{ message }] };
}
