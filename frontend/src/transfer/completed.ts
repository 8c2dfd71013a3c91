/** Inputs with everything that they leave out, to be compared with stored templates. */

import type { InputField } from "contract:catalog";
import { isRecord, toJson, type Value } from "../api/json";
import { isAsked, kindOf } from "../edit/draft";
import type { Input } from "../edit/fields";

/**
 * Defaults that depend on other fields, which the schema can only describe. A field of this kind
 * that is missing here counts as changed wherever it is left out.
 */
const DERIVED: Readonly<Record<string, (siblings: Input) => Value>> = {
  maxWorkers: ({ minWorkers }) => Math.max(1, Number(toJson(minWorkers ?? null))),
};

/** The input with the defaults of the schema, at all depths. */
export function completed(fields: readonly InputField[], input: Input): Input {
  const plain = Object.fromEntries(
    fields.filter(isAsked).map((field) => [field.name, completedValue(field, input[field.name])]),
  );
  const derived = Object.entries(DERIVED).filter(([name]) => plain[name] === null);
  return { ...plain, ...Object.fromEntries(derived.map(([name, of]) => [name, of(plain)])) };
}

function completedValue(field: InputField, given: Value | undefined): Value {
  const value = given === undefined ? ((field.default ?? null) as Value) : given;
  const { fields = [], isNullable, list } = field;
  if (field.fields && Array.isArray(value)) {
    return value.map((item: Value) => (isRecord(item) ? completed(fields, item as Input) : item));
  }
  if (field.fields && !list && (isRecord(value) || !isNullable)) {
    return completed(fields, isRecord(value) ? (value as Input) : {});
  }
  if (value !== null || isNullable) return value;
  if (kindOf(field) === "map") return {};
  return list ? [] : ((field.default ?? null) as Value);
}
