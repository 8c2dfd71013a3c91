/** Sends operations to the server and turns failures into messages for people. */

import { parseJson, toJson, type Variables } from "./json";
import type { UserError } from "./types";

export const ENDPOINT = `${location.origin}/graphql`;

const API_KEY = "x-api-key";
/** The server's message about a variable of the wrong type: its name, path and reason. */
const BAD_VARIABLE = /^Variable '\$(\w+)' has invalid value(?: at ((?:\.\w+|\[\d+\])+))?: (.*)$/s;

/** A request that brought no data. Its message is meant for people. */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly isRetryable: boolean,
    readonly isUnauthorized = false,
    /** Errors in the variables, if that is why the request failed. */
    readonly userErrors: readonly UserError[] = [],
  ) {
    super(message);
  }
}

/** Resolves to the operation's data. Rejects with a RequestError, or AbortError once aborted. */
export type Execute = <Data>(
  operation: string,
  variables: Variables,
  signal: AbortSignal,
) => Promise<Data>;

interface AnswerError {
  readonly message: string;
  readonly extensions?: { readonly code?: string };
}

interface Answer<Data> {
  readonly data?: Data | null;
  readonly errors?: readonly AnswerError[];
}

/** Codes of errors about single stored values or documents: all other data is in the answer. */
const PARTIAL = ["UNKNOWN_VALUE", "UNREADABLE"];

function isPartial({ extensions }: AnswerError): boolean {
  return PARTIAL.includes(extensions?.code ?? "");
}

/** An answer as it came; nothing of it is read yet. */
export interface Received {
  readonly response: Response;
  readonly text: string;
}

/** Sends an operation. Rejects with a RequestError if the server cannot be reached, or AbortError. */
export async function send(
  key: string,
  operation: string,
  variables: Variables,
  signal: AbortSignal,
): Promise<Received> {
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    [API_KEY]: key,
  };
  try {
    const body = toJson({ query: operation, variables });
    const response = await fetch(ENDPOINT, { method: "POST", headers, body, signal });
    return { response, text: await response.text() };
  } catch (error) {
    if (signal.aborted) throw error;
    throw new RequestError(
      "Cannot reach the server. Check that it is running and that you are online.",
      true,
    );
  }
}

/** The data of an answer. Throws a RequestError if there is none, or errors about all of it. */
export function dataOf<Data>({ response, text }: Received): Data {
  const answer = readAnswer<Data>(text);
  const errors = answer?.errors ?? [];
  if (response.ok && answer?.data && errors.every(isPartial)) return answer.data;
  throw requestError(
    response,
    errors.map(({ message }) => message),
  );
}

function readAnswer<Data>(text: string): Answer<Data> | null {
  try {
    return parseJson(text) as Answer<Data>;
  } catch {
    return null; // A proxy in between may answer in HTML.
  }
}

function requestError(response: Response, messages: readonly string[]): RequestError {
  const { status } = response;
  const reason =
    messages.join(" ") || `The server answered HTTP ${status} without a GraphQL response.`;
  if (status === 401) return new RequestError("This API key is not valid.", false, true);
  if (status === 403)
    return new RequestError(`This API key is not allowed to do that. ${reason}`, false);
  if (status === 429)
    return new RequestError(`Too many requests with this API key. ${retryAdvice(response)}`, true);
  if (status === 503)
    return new RequestError(`The server is temporarily unavailable. ${reason}`, true);
  return new RequestError(reason, status >= 500, false, messages.flatMap(variableErrors));
}

function retryAdvice(response: Response): string {
  const seconds = Number(response.headers.get("retry-after"));
  return seconds > 0 ? `Try again in ${seconds} s.` : "Try again later.";
}

function variableErrors(message: string): UserError[] {
  const [, variable, path = "", reason] = BAD_VARIABLE.exec(message) ?? [];
  if (variable === undefined || reason === undefined) return [];
  return [{ message: reason, path: [variable, ...(path.match(/\w+/g) ?? [])] }];
}
