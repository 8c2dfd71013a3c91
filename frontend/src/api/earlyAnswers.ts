/**
 * What catalogStart.ts has asked for while the other scripts were on their way. It is a script of its
 * own, and leaves that in a global variable.
 */

import { toJson, type Variables } from "./json";

export interface Early {
  /** Fails if the server does. */
  readonly key: Promise<string | null>;
  /** The operation's data, by nameOf. */
  readonly answers: Map<string, Promise<unknown>>;
}

declare global {
  var catalogEarly: Early | undefined;
}

let isKeyTaken = false;

/** The key, once. */
export function takeEarlyKey(): Promise<string | null> | undefined {
  if (isKeyTaken) return undefined;
  isKeyTaken = true;
  return globalThis.catalogEarly?.key;
}

/** The answer to an operation, once. */
export function takeEarly<Data>(
  key: string | null,
  operation: string,
  variables: Variables,
): Promise<Data> | undefined {
  const answers = globalThis.catalogEarly?.answers;
  if (!answers?.size) return undefined;
  const name = nameOf(key ?? "", operation, variables);
  const answer = answers.get(name) as Promise<Data> | undefined;
  answers.delete(name);
  return answer;
}

export function nameOf(key: string, operation: string, variables: Variables): string {
  return JSON.stringify([key, operation, toJson(variables)]);
}
