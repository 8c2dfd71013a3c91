/**
 * The wire form of a template, as SGP, exports and files have it: the input's fields in snake_case.
 * Both directions follow the schema.
 */

import { template as outputFields, type InputField } from "contract:catalog";
import { ExactNumber, isRecord, type Value } from "../api/json";
import type { Fields, UserError } from "../api/types";
import { isAsked } from "../edit/draft";
import { given, templateFields } from "../edit/fields";

type Input = { readonly [name: string]: Value | undefined };

/** Enums whose members the wire form spells in its own way; others are as the API has them. */
const SPELLINGS: Readonly<Record<string, (member: string) => string>> = {
  GpuType: (member) => member.toLowerCase().replaceAll("_", "-"),
  ParameterType: (member) => member.toLowerCase(),
};

export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A template in wire form, without what the server sets and what says nothing. */
export function toWire(template: Fields): Fields {
  return wireOf(templateFields, given(template));
}

function wireOf(fields: readonly InputField[], value: Fields): Fields {
  return Object.fromEntries(
    fields.flatMap((field) => {
      const member = value[field.name];
      const isDefaultNull = field.default === undefined || field.default === null;
      if (member === undefined || (member === null && isDefaultNull)) return [];
      return [[snakeCase(field.name), wireValue(field, member)]];
    }),
  );
}

function wireValue(field: InputField, value: unknown): unknown {
  if (field.fields && Array.isArray(value)) {
    return value.filter(isRecord).map((item) => wireOf(field.fields ?? [], item));
  }
  if (field.fields && isRecord(value)) return wireOf(field.fields, value);
  if (field.members && typeof value === "string") return SPELLINGS[field.type]?.(value) ?? value;
  return value;
}

export interface WireReading {
  readonly input: Input;
  /** Their paths have the names of the text. */
  readonly errors: readonly UserError[];
}

/** Fields of templates that a new one cannot be given. SGP's answers have them. */
const SET_BY_SERVER = outputFields
  .map(({ name }) => name)
  .filter((name) => !templateFields.some((field) => field.name === name));

/** The input of a template in wire form. Names may also be spelt as in the API. */
export function fromWire(raw: unknown): WireReading {
  if (!isRecord(raw)) return { input: {}, errors: [{ message: "This is no template.", path: [] }] };
  const errors: UserError[] = [];
  const plain = Object.entries(raw).filter(
    ([name]) => !SET_BY_SERVER.some((known) => name === known || name === snakeCase(known)),
  );
  const input = inputOf(templateFields, Object.fromEntries(plain), [], errors);
  return { input, errors };
}

function inputOf(
  fields: readonly InputField[],
  value: Fields,
  path: readonly string[],
  errors: UserError[],
): Input {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, Value][] => {
      const field = fields.find((it) => it.name === name || snakeCase(it.name) === name);
      const at = [...path, name];
      if (field === undefined) {
        errors.push({ message: `${name} is no field of a template.`, path: at });
        return [];
      }
      return [[field.name, inputValue(field, member, at, errors)]];
    }),
  );
}

function inputValue(
  field: InputField,
  value: unknown,
  path: readonly string[],
  errors: UserError[],
): Value {
  if (field.fields && Array.isArray(value) && field.list) {
    return value.map((item, n) =>
      isRecord(item)
        ? inputOf(field.fields ?? [], item, [...path, String(n)], errors)
        : exact(item),
    );
  }
  if (field.fields && isRecord(value)) return inputOf(field.fields, value, path, errors);
  if (field.members && typeof value === "string") {
    const member = value.toUpperCase().replaceAll("-", "_");
    if (field.members.includes(member)) return member;
    errors.push({
      message: `${path.at(-1)} must be one of ${field.members.map((it) => SPELLINGS[field.type]?.(it) ?? it).join(", ")}.`,
      path,
    });
    return isAsked(field) ? (field.members[0] ?? null) : value;
  }
  return exact(value);
}

/** Integers with the digits that the text has. */
function exact(value: unknown): Value {
  if (typeof value === "bigint") return new ExactNumber(String(value));
  if (Array.isArray(value)) return value.map(exact);
  if (!isRecord(value) || value instanceof ExactNumber) return value as Value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, exact(member)]));
}

/** A path of the API's errors in the names of a text. */
export function pathInText(raw: unknown, path: readonly string[]): readonly string[] {
  let value: unknown = raw;
  return path.map((step) => {
    const known = isRecord(value) ? Object.keys(value) : [];
    const name = known.find((it) => it === step || it === snakeCase(step)) ?? snakeCase(step);
    value = Array.isArray(value) ? value[Number(step)] : isRecord(value) ? value[name] : undefined;
    return Array.isArray(value) || isRecord(value) || known.includes(name) ? name : step;
  });
}
