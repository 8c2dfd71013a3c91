/** Values as they are sent and copied. */

/** Keeps the digits that were typed. */
export class ExactNumber {
  constructor(readonly text: string) {}

  /** For code that only shows it. */
  toJSON(): number {
    return Number(this.text);
  }
}

const LONG_NUMBER = /\d{16}/;

/** JSON whose integers keep their digits, where the browser can tell them (all since 2025). */
export function parseJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  const exact = (_: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)
      ? new ExactNumber(context?.source ?? String(value))
      : value;
  return JSON.parse(text, exact);
}

/**
 * Stands for a secret in what is shown and copied: an environment variable, with a name that cannot
 * be that of another one, such as KEY or PATH.
 */
export class SecretPlaceholder {
  readonly variable: string;

  constructor(
    parameter: string,
    readonly isText: boolean,
  ) {
    this.variable = `SECRET_${parameter}`;
  }

  /** As in a shell; text has the quotes of JSON around it. */
  toJson(): string {
    return this.isText ? `"$${this.variable}"` : `$${this.variable}`;
  }

  toPython(): string {
    const text = `os.environ["${this.variable}"]`;
    return this.isText ? text : `json.loads(${text})`;
  }

  toTypeScript(): string {
    const text = `process.env["${this.variable}"]`;
    return this.isText ? text : `JSON.parse(${text} ?? "null")`;
  }
}

export type Value =
  | null
  | boolean
  | number
  | string
  | ExactNumber
  | SecretPlaceholder
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

interface Syntax {
  readonly true: string;
  readonly false: string;
  readonly null: string;
  readonly text: (text: string) => string;
  readonly secret: (placeholder: SecretPlaceholder) => string;
}

const JSON_SYNTAX: Syntax = {
  true: "true",
  false: "false",
  null: "null",
  text: (text) => JSON.stringify(text),
  secret: (placeholder) => placeholder.toJson(),
};
const PYTHON_SYNTAX: Syntax = {
  true: "True",
  false: "False",
  null: "None",
  text: (text) => JSON.stringify(text),
  secret: (placeholder) => placeholder.toPython(),
};

export function toJson(value: Value): string {
  return serialize(value, JSON_SYNTAX);
}

/** JSON in a shell's heredoc that expands variables: those of secrets, and no others. */
export function toHeredoc(value: Value): string {
  const text = (text: string) => JSON.stringify(text).replace(/[\\$`]/g, "\\$&");
  return serialize(value, { ...JSON_SYNTAX, text });
}

/** A Python expression, which differs from JSON in its keywords and in secrets only. */
export function toPython(value: Value): string {
  return serialize(value, PYTHON_SYNTAX);
}

/** A TypeScript expression, which differs from JSON in secrets only. */
export function toTypeScript(value: Value): string {
  return serialize(value, { ...JSON_SYNTAX, secret: (placeholder) => placeholder.toTypeScript() });
}

/** Whether a value is a secret's placeholder, or contains one. */
export function hasSecret(value: Value | undefined): boolean {
  if (value instanceof SecretPlaceholder) return true;
  if (typeof value !== "object" || value === null || value instanceof ExactNumber) return false;
  return Object.values(value).some(hasSecret);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function serialize(value: Value, syntax: Syntax, indent = "\n"): string {
  if (value === null) return syntax.null;
  if (typeof value === "boolean") return value ? syntax.true : syntax.false;
  if (value instanceof ExactNumber) return value.text;
  if (value instanceof SecretPlaceholder) return syntax.secret(value);
  if (typeof value === "string") return syntax.text(value);
  if (typeof value === "number") return JSON.stringify(value);
  const inner = `${indent}  `;
  if (isList(value)) {
    const members = value.map((member) => serialize(member, syntax, inner));
    return enclose("[", "]", members, indent);
  }
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [`${syntax.text(name)}: ${serialize(member, syntax, inner)}`],
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
