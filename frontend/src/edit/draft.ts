/**
 * What is typed into the form of an input. It has the shape that the schema gives the input, so a
 * field that is added to the schema is in the form, too.
 */

import type { InputField } from "contract:catalog";
import { ExactNumber, isRecord } from "../api/json";

export interface Pair {
  readonly name: string;
  readonly value: string;
}

/**
 * Of a text, number or enum: the text, empty if none is given. Of any JSON: the text, null if none
 * is given. Of a map: its rows. Of an object that may be absent: null, or its draft. Of a text, map
 * or list that may be empty as well as absent: null if it is absent.
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

/** Whether a text, map or list that is empty differs from none. */
export function hasEmptyValue(field: InputField): boolean {
  const { isNullable, default: value } = field;
  const hasNone = isNullable && (value === undefined || value === null);
  return hasNone && ["text", "map", "texts"].includes(kindOf(field));
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
  if (hasEmptyValue(field) && (value === null || value === undefined)) return null;
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

/** The rows of a list or map without one of them. Without any, the field is no longer set. */
export function withoutRow<Row extends string | Pair>(
  field: InputField,
  rows: readonly Row[],
  n: number,
): DraftValue {
  const rest = rows.toSpliced(n, 1);
  return rest.length === 0 && hasEmptyValue(field) ? null : (rest as unknown as DraftValue);
}
