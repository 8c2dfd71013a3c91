/** The `requestId` of the example that creates a template. */

/** In variables, it stands for an id that the playground makes from the input. */
const FROM_INPUT = "playground";

/**
 * Variables as they are sent. An input that is sent again unchanged has the same id, and so creates
 * nothing; a changed one has another.
 */
export function withRequestId(variables: unknown): unknown {
  if (!isObject(variables) || !isObject(variables.input)) return variables;
  const { input } = variables;
  if (input.requestId !== FROM_INPUT) return variables;
  return { ...variables, input: { ...input, requestId: `${FROM_INPUT}-${hash(input)}` } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** FNV-1a: `crypto.subtle` is missing where a page comes by HTTP from another machine. */
function hash(value: unknown): string {
  let hashed = 0x811c9dc5;
  for (const character of JSON.stringify(value)) {
    hashed = Math.imul(hashed ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return hashed.toString(16).padStart(8, "0");
}
