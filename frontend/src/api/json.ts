/** Values as they are sent and copied. A number keeps the digits that were typed. */

export class Numeral {
  constructor(readonly text: string) {}
}

export type Value =
  | null
  | boolean
  | number
  | string
  | Numeral
  | readonly Value[]
  | { readonly [name: string]: Value | undefined };

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/** A number if JSON would read one; else the text, for the server to say what is wrong with it. */
export function numeral(text: string): Numeral | string {
  const trimmed = text.trim();
  return NUMBER.test(trimmed) ? new Numeral(trimmed) : text;
}

interface Words {
  readonly true: string;
  readonly false: string;
  readonly null: string;
}

const JSON_WORDS: Words = { true: "true", false: "false", null: "null" };
const PYTHON_WORDS: Words = { true: "True", false: "False", null: "None" };

export function json(value: Value): string {
  return written(value, JSON_WORDS);
}

/** A literal: Python reads JSON's strings and numbers as JSON does. */
export function python(value: Value): string {
  return written(value, PYTHON_WORDS);
}

function written(value: Value, words: Words, indent = "\n"): string {
  if (value === null) return words.null;
  if (typeof value === "boolean") return value ? words.true : words.false;
  if (value instanceof Numeral) return value.text;
  if (typeof value !== "object") return JSON.stringify(value);
  const inner = `${indent}  `;
  if (isList(value)) {
    return enclosed(
      "[",
      "]",
      value.map((member) => written(member, words, inner)),
      indent,
    );
  }
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [`${JSON.stringify(name)}: ${written(member, words, inner)}`],
  );
  return enclosed("{", "}", members, indent);
}

function isList(value: object): value is readonly Value[] {
  return Array.isArray(value);
}

function enclosed(open: string, close: string, members: string[], indent: string): string {
  if (members.length === 0) return open + close;
  const inner = `${indent}  `;
  return open + inner + members.join(`,${inner}`) + indent + close;
}
