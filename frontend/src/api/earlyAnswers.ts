/**
 * What catalogStart.ts has asked for while the other scripts were on their way. It is a script of its
 * own, and leaves that in a global variable.
 */

import { toJson, type Variables } from "./json";

export interface EarlyAnswer {
  readonly promise: Promise<unknown>;
  /** The operation's data, once it is there. */
  data?: unknown;
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

/** The answer to an operation, once. */
export function takeEarly<Data>(
  key: string | null,
  operation: string,
  variables: Variables,
): Promise<Data> | undefined {
  return taken(key, operation, variables, () => true)?.promise as Promise<Data> | undefined;
}

/** The data that an operation has already brought, once. */
export function takeEarlyData<Data>(
  key: string | null,
  operation: string,
  variables: Variables,
): Data | undefined {
  const isThere = ({ data }: EarlyAnswer) => data !== undefined;
  return taken(key, operation, variables, isThere)?.data as Data | undefined;
}

function taken(
  key: string | null,
  operation: string,
  variables: Variables,
  isWanted: (answer: EarlyAnswer) => boolean,
): EarlyAnswer | undefined {
  const answers = globalThis.catalogEarly?.answers;
  if (!answers?.size) return undefined;
  const name = nameOf(key ?? "", operation, variables);
  const answer = answers.get(name);
  if (answer === undefined || !isWanted(answer)) return undefined;
  answers.delete(name);
  return answer;
}

export function nameOf(key: string, operation: string, variables: Variables): string {
  return JSON.stringify([key, operation, toJson(variables)]);
}
