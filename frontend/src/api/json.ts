/** Values as they are sent and copied. An ExactNumber keeps the digits that were typed. */

export class ExactNumber {
  constructor(readonly text: string) {}
}

export type Value =
  | null
  | boolean
  | number
  | string
  | ExactNumber
  | readonly Value[]
  | { readonly [name: string]: Value | undefined };

/** Of a GraphQL operation. */
export type Variables = { readonly [name: string]: Value };

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** A number if the text is a JSON number. Other text is kept for the server to reject. */
export function parseNumber(text: string): ExactNumber | string {
  const trimmed = text.trim();
  return NUMBER.test(trimmed) ? new ExactNumber(trimmed) : text;
}

interface Keywords {
  readonly true: string;
  readonly false: string;
  readonly null: string;
}

const JSON_KEYWORDS: Keywords = { true: "true", false: "false", null: "null" };
const PYTHON_KEYWORDS: Keywords = { true: "True", false: "False", null: "None" };

export function toJson(value: Value): string {
  return serialize(value, JSON_KEYWORDS);
}

/** A Python literal, which differs from JSON in its keywords only. */
export function toPython(value: Value): string {
  return serialize(value, PYTHON_KEYWORDS);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function serialize(value: Value, keywords: Keywords, indent = "\n"): string {
  if (value === null) return keywords.null;
  if (typeof value === "boolean") return value ? keywords.true : keywords.false;
  if (value instanceof ExactNumber) return value.text;
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}  `;
  if (isList(value)) {
    const members = value.map((member) => serialize(member, keywords, inner));
    return enclose("[", "]", members, indent);
  }
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [`${JSON.stringify(name)}: ${serialize(member, keywords, inner)}`],
  );
  return enclose("{", "}", members, indent);
}

/** Array.isArray does not narrow a readonly array. */
function isList(value: object): value is readonly Value[] {
  return Array.isArray(value);
}

function enclose(open: string, close: string, members: string[], indent: string): string {
  if (members.length === 0) return open + close;
  const inner = `${indent}  `;
  return open + inner + members.join(`,${inner}`) + indent + close;
}
