/** The differences between two inputs, as the update of a template takes them. */

import type { InputField } from "contract:catalog";
import { isRecord, toJson, type Value } from "../api/json";
import { isAsked } from "./draft";

type Input = { readonly [name: string]: Value | undefined };

/**
 * The fields that differ. null clears a field; one that cannot be null gets its default. Objects are
 * merged by the server, lists and maps are replaced.
 */
export function patchOf(fields: readonly InputField[], before: Input, after: Input): Input {
  return Object.fromEntries(
    fields.filter(isAsked).flatMap((field) => {
      const [old, next] = [before[field.name], after[field.name]];
      if (isSame(old, next)) return [];
      if (field.fields && !field.list && isInput(old) && isInput(next)) {
        return [[field.name, patchOf(field.fields, old, next)]];
      }
      return [[field.name, next ?? (field.isNullable ? null : (field.default as Value))]];
    }),
  );
}

/** Whether two values are equal; the members of an object have no order. */
export function isSame(a: Value | undefined, b: Value | undefined): boolean {
  return toJson(inOrder(a ?? null)) === toJson(inOrder(b ?? null));
}

function inOrder(value: Value): Value {
  if (Array.isArray(value)) return (value as readonly Value[]).map(inOrder);
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return value;
  const members = Object.entries(value as Input).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(members.map(([name, member]) => [name, inOrder(member ?? null)]));
}

function isInput(value: Value | undefined): value is Input {
  return isRecord(value);
}

/** One field, or one list or map, that differs between two inputs. */
export interface Difference {
  readonly path: readonly string[];
  readonly before: Value;
  readonly after: Value;
}

/** All that differs, at the depth at which a patch replaces it. */
export function differences(
  fields: readonly InputField[],
  before: Input,
  after: Input,
  path: readonly string[] = [],
): readonly Difference[] {
  return fields.filter(isAsked).flatMap((field) => {
    const [old, next] = [before[field.name], after[field.name]];
    const at = [...path, field.name];
    if (isSame(old, next)) return [];
    if (field.fields && !field.list && isInput(old) && isInput(next)) {
      return differences(field.fields, old, next, at);
    }
    return [{ path: at, before: old ?? null, after: next ?? null }];
  });
}
