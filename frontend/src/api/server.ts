/** Asking the server, and what its refusals mean in plain words. */

import { json, type Value } from "./json";
import type { UserError } from "./types";

export const ENDPOINT = `${location.origin}/graphql`;

const API_KEY = "x-api-key";
/** How the server begins to say that a variable is not of its type. */
const BAD_VARIABLE = /^Variable '\$(\w+)' has invalid value(?: at ((?:\.\w+|\[\d+\])+))?: (.*)$/s;

/** The server did not answer the question. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly isRetryable: boolean,
    readonly isOfKey = false,
    /** What is wrong with the variables, if the server says so. */
    readonly userErrors: readonly UserError[] = [],
  ) {
    super(message);
  }
}

export type Ask = <Data>(
  operation: string,
  variables: { readonly [name: string]: Value },
  signal: AbortSignal,
) => Promise<Data>;

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** The operation's data. Throws Refusal, or AbortError when nobody waits any more. */
export function asking(key: string): Ask {
  return async <Data>(
    operation: string,
    variables: { readonly [name: string]: Value },
    signal: AbortSignal,
  ): Promise<Data> => {
    const response = await sent(key, json({ query: operation, variables }), signal);
    const answer = await answerOf<Data>(response, signal);
    if (response.ok && answer?.data && !answer.errors) return answer.data;
    throw refusal(
      response,
      (answer?.errors ?? []).map(({ message }) => message),
    );
  };
}

async function sent(key: string, body: string, signal: AbortSignal): Promise<Response> {
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    [API_KEY]: key,
  };
  try {
    return await fetch(ENDPOINT, { method: "POST", headers, body, signal });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Refusal("The server cannot be reached. Is it running, and is the network up?", true);
  }
}

async function answerOf<Data>(
  response: Response,
  signal: AbortSignal,
): Promise<Answer<Data> | null> {
  try {
    return (await response.json()) as Answer<Data>;
  } catch (error) {
    if (signal.aborted) throw error;
    return null; // What stands between may answer in HTML.
  }
}

function refusal(response: Response, messages: readonly string[]): Refusal {
  const { status } = response;
  const said = messages.join(" ") || `The answer was HTTP ${status}, and no GraphQL.`;
  if (status === 401) return new Refusal("The server does not take this key.", false, true);
  if (status === 403) return new Refusal(`This key may not do that. ${said}`, false);
  if (status === 429)
    return new Refusal(`Too many requests with this key. ${pause(response)}`, true);
  if (status === 503) return new Refusal(`The server cannot work at the moment. ${said}`, true);
  return new Refusal(said, status >= 500, false, messages.flatMap(userErrors));
}

function pause(response: Response): string {
  const seconds = Number(response.headers.get("retry-after"));
  return seconds > 0 ? `Try again in ${seconds} s.` : "Try again in a while.";
}

function userErrors(message: string): UserError[] {
  const [, variable, path = "", reason] = BAD_VARIABLE.exec(message) ?? [];
  if (variable === undefined || reason === undefined) return [];
  return [{ message: reason, path: [variable, ...(path.match(/\w+/g) ?? [])] }];
}
