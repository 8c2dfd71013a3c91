/**
 * What is typed into the form of an input, and the input that it stands for. Both have the shape that
 * the schema gives the input, so a field that is added to the schema is in the form, too.
 */

import type { InputField } from "contract:catalog";
import { ExactNumber, isRecord, parseNumber, type Value } from "../api/json";
import type { UserError } from "../api/types";
import { capitalize, humanize } from "../ui/format";

export interface Pair {
  readonly name: string;
  readonly value: string;
}

/**
 * Of a text, number or enum: the text, empty if none is given. Of any JSON: the text, null if none
 * is given. Of a map: its rows. Of an object that may be absent: null, or its draft.
 */
export type DraftValue =
  string | boolean | null | readonly string[] | readonly Pair[] | readonly Draft[] | Draft;

export interface Draft {
  readonly [name: string]: DraftValue;
}

export type Kind =
  | "text"
  | "number"
  | "enum"
  | "boolean"
  | "map"
  | "texts"
  | "jsons"
  | "json"
  | "object"
  | "objects";

export function kindOf({ type, list, members, fields }: InputField): Kind {
  if (fields) return list ? "objects" : "object";
  if (members) return "enum";
  if (type === "StringMap") return "map";
  if (type === "JSON") return list ? "jsons" : "json";
  if (list) return "texts";
  if (type === "Boolean") return "boolean";
  return type === "Int" || type === "Float" ? "number" : "text";
}

/** Fields that people fill in: an enum with one member leaves no choice. */
export function isAsked({ members }: InputField): boolean {
  return members?.length !== 1;
}

/** The draft of a value, such as a template's; fields that it lacks have their defaults. */
export function draftOf(fields: readonly InputField[], value: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(
    fields.map((field) => [
      field.name,
      fieldDraft(field, Object.hasOwn(value, field.name) ? value[field.name] : undefined),
    ]),
  ) as Draft;
}

function fieldDraft(field: InputField, given: unknown): DraftValue {
  // A default that null replaces has to be seen to be removed. Others are shown as placeholders.
  const value =
    given === undefined && (field.isNullable || kindOf(field) === "boolean")
      ? field.default
      : given;
  switch (kindOf(field)) {
    case "boolean":
      return value === true;
    case "map":
      return isRecord(value)
        ? Object.entries(value).map(([name, text]) => ({ name, value: String(text) }))
        : [];
    case "texts":
      return Array.isArray(value) ? value.map(String) : [];
    case "jsons":
      return Array.isArray(value) ? value.map(jsonText) : [];
    case "json":
      return value === null || value === undefined ? null : jsonText(value);
    case "objects":
      return Array.isArray(value)
        ? value.filter(isRecord).map((item) => draftOf(field.fields ?? [], item))
        : [];
    case "object":
      if (isRecord(value)) return draftOf(field.fields ?? [], value);
      return field.isNullable ? null : draftOf(field.fields ?? [], {});
    default:
      return value === null || value === undefined ? "" : String(value);
  }
}

/** Strings as they are, other values as JSON. */
function jsonText(value: unknown): string {
  if (value instanceof ExactNumber) return value.text;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** An input, and what keeps it from having the schema's types. */
export interface Reading {
  readonly input: { readonly [name: string]: Value | undefined };
  readonly errors: readonly UserError[];
}

/**
 * The input that a draft stands for. Where a text is not of its field's type, the input has another
 * value, so that the server can judge the rest.
 */
export function read(
  fields: readonly InputField[],
  draft: Draft,
  path: readonly string[] = [],
): Reading {
  const errors: UserError[] = [];
  const input = fields.filter(isAsked).flatMap((field) => {
    const at = [...path, field.name];
    const value = readField(field, draft[field.name] ?? null, at, errors, draft);
    return value === undefined ? [] : [[field.name, value] as const];
  });
  return { input: Object.fromEntries(input), errors };
}

function readField(
  field: InputField,
  value: DraftValue,
  path: readonly string[],
  errors: UserError[],
  siblings: Draft,
): Value | undefined {
  const fail = (message: string) => errors.push({ message, path });
  const absent = field.isNullable && field.default !== undefined ? null : undefined;
  const type = String(siblings["type"] ?? "");
  switch (kindOf(field)) {
    case "object": {
      if (!isDraft(value)) return absent;
      const inner = read(field.fields ?? [], value, path);
      errors.push(...inner.errors);
      return inner.input;
    }
    case "objects":
      return (value as readonly Draft[]).map((item, n) => {
        const inner = read(field.fields ?? [], item, [...path, String(n)]);
        errors.push(...inner.errors);
        return inner.input;
      });
    case "map":
      if (field.isNullable && (value as readonly Pair[]).length === 0) return absent;
      return readMap(value as readonly Pair[], fail);
    case "texts":
      return readList(field, value as readonly string[]);
    case "jsons":
      return readList(
        field,
        (value as readonly string[]).map((text) => parse(type, text)),
      );
    case "json":
      return value === null ? undefined : parse(type, String(value));
    case "boolean":
      return value === true;
    case "enum":
      if (value !== "" || field.isNullable || field.default !== undefined)
        return (value as string) || absent;
      fail(`${capitalize(humanize(field.name))} is required.`);
      return field.members?.[0];
    case "number":
      return readNumber(field, String(value ?? ""), absent, fail);
    case "text":
      return value === "" && (field.isNullable || field.default !== undefined)
        ? absent
        : (value as string);
  }
}

function readList(field: InputField, values: readonly Value[]): Value | undefined {
  return values.length === 0 && field.isNullable ? undefined : values;
}

function readNumber(
  field: InputField,
  text: string,
  absent: null | undefined,
  fail: (message: string) => void,
): Value | undefined {
  if (text.trim() === "") {
    if (field.isNullable || field.default !== undefined) return absent;
    fail(`${capitalize(humanize(field.name))} is required.`);
    return 0;
  }
  const number = parseNumber(text);
  const isWhole = number instanceof ExactNumber && Number.isInteger(Number(number.text));
  if (number instanceof ExactNumber && (field.type === "Float" || isWhole)) return number;
  fail(
    `${capitalize(humanize(field.name))} must be a ${field.type === "Float" ? "" : "whole "}number.`,
  );
  return undefined;
}

function readMap(rows: readonly Pair[], fail: (message: string) => void): Value {
  const given = rows.filter(({ name, value }) => name !== "" || value !== "");
  const names = given.map(({ name }) => name);
  const repeated = names.find((name, n) => names.indexOf(name) !== n);
  if (repeated !== undefined) fail(`${repeated} is there twice.`);
  return Object.fromEntries(given.map(({ name, value }) => [name, value]));
}

/** A value of a parameter's type, or the text for the server to reject. */
function parse(type: string, text: string): Value {
  if (type === "STR") return text;
  if (type === "BOOL") return text === "true" ? true : text === "false" ? false : text;
  return parseNumber(text);
}

function isDraft(value: DraftValue): value is Draft {
  return isRecord(value);
}

/** A copy with another value at a path, whose steps are names and positions. */
export function withValue<Whole extends DraftValue>(
  whole: Whole,
  path: readonly string[],
  value: DraftValue,
): Whole {
  const [step, ...rest] = path;
  if (step === undefined) return value as Whole;
  if (Array.isArray(whole)) {
    return whole.with(
      Number(step),
      withValue(whole[Number(step)] as DraftValue, rest, value),
    ) as unknown as Whole;
  }
  const draft = whole as Draft;
  return { ...draft, [step]: withValue(draft[step] ?? null, rest, value) } as unknown as Whole;
}
