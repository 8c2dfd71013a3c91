/** The input that a form's draft stands for. */

import type { InputField } from "contract:catalog";
import { ExactNumber, isRecord, parseNumber, type Value } from "../api/json";
import type { UserError } from "../api/types";
import { capitalize, humanize } from "../ui/format";
import { hasEmptyValue, isAsked, kindOf, type Draft, type DraftValue, type Pair } from "./draft";

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
      if (value === null || (field.isNullable && areBlank(value as readonly Pair[]))) return absent;
      return readMap(value as readonly Pair[], fail);
    case "texts":
      return value === null ? absent : (value as readonly string[]);
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
      if (value === null) return absent;
      return value === "" &&
        !hasEmptyValue(field) &&
        (field.isNullable || field.default !== undefined)
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

/** Whether there are rows, and nothing in any of them: a row that was added and left. */
function areBlank(rows: readonly Pair[]): boolean {
  return rows.length > 0 && rows.every(({ name, value }) => name === "" && value === "");
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
