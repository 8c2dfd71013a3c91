/**
 * Answers that catalogStart.ts asked for while the other scripts were on their way. It is a script of
 * its own, and leaves them in a global variable: as they came, because its classes (of errors, of
 * long numbers) are not those of the other scripts.
 */

import { toJson, type Variables } from "./json";
import { dataOf, type Received } from "./server";

export interface EarlyAnswer {
  readonly promise: Promise<Received>;
  /** The answer, once it is there. */
  received?: Received;
}

export interface Early {
  /** Fails if the server does. */
  readonly key: Promise<string | null>;
  /** By nameOf. */
  readonly answers: Map<string, EarlyAnswer>;
}

declare global {
  var catalogEarly: Early | undefined;
}

/** For how long an empty list is not worth showing. */
const PATIENCE_MS = 400;

let isKeyTaken = false;

/** The key, once. */
export function takeEarlyKey(): Promise<string | null> | undefined {
  if (isKeyTaken) return undefined;
  isKeyTaken = true;
  return globalThis.catalogEarly?.key;
}

/** Waits for the answers, but not for long. Errors are reported by who takes the answers. */
export async function earlyAnswersAreThere(): Promise<void> {
  const answers = [...(globalThis.catalogEarly?.answers.values() ?? [])];
  const tooLate = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  await Promise.race([Promise.allSettled(answers.map(({ promise }) => promise)), tooLate]);
}

/** The answer to an operation, once; undefined if it was not asked for, or the request failed. */
export async function takeEarly(
  key: string | null,
  operation: string,
  variables: Variables,
): Promise<Received | undefined> {
  return take(nameOf(key ?? "", operation, variables))?.promise.catch(() => undefined);
}

/** The data that an operation has already brought, once. An error is left for `takeEarly`. */
export function takeEarlyData<Data>(
  key: string | null,
  operation: string,
  variables: Variables,
): Data | undefined {
  const name = nameOf(key ?? "", operation, variables);
  const received = globalThis.catalogEarly?.answers.get(name)?.received;
  if (received === undefined) return undefined;
  try {
    const data = dataOf<Data>(received);
    take(name);
    return data;
  } catch {
    return undefined;
  }
}

function take(name: string): EarlyAnswer | undefined {
  const answer = globalThis.catalogEarly?.answers.get(name);
  globalThis.catalogEarly?.answers.delete(name);
  return answer;
}

export function nameOf(key: string, operation: string, variables: Variables): string {
  return JSON.stringify([key, operation, toJson(variables)]);
}
