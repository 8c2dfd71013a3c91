/** What a template of a text changes in the stored one of the same name. */

import { isRecord, type Value } from "../api/json";
import type { Fields, Template, UserError } from "../api/types";
import { given, templateFields, type Input } from "../edit/fields";
import { patchOf } from "../edit/patch";
import { diff, type Change } from "../template/diff";
import { completed } from "./completed";

export interface EntryUpdate {
  readonly existing: Template;
  /** For updateModelTemplate; empty if nothing is to be changed. */
  readonly patch: Input;
  readonly changes: readonly Change[];
}

/**
 * The update that makes a template as the text describes it: completely, so that a field which the
 * text does not have gets its default. An archived template is restored.
 */
export function updateOf(
  existing: Template,
  input: Input,
  warnings: readonly UserError[],
): EntryUpdate {
  const before = completed(templateFields, given(existing) as Input);
  const after = completed(templateFields, given(input as Fields) as Input);
  const isArchived = existing.archivedAt !== null;
  const patch = withEndpointType(patchOf(templateFields, before, after), after);
  const secrets = [...existing.warnings, ...warnings].filter(({ code }) => code === "EXPOSED");
  const hidden = new Set(secrets.map(({ path }) => path.join(".")));
  const isSecret = ({ path }: Change) =>
    hidden.has(path) || isOfSecret(before, path) || isOfSecret(after, path);
  return {
    existing,
    patch: { ...patch, ...(isArchived && { archived: false }) },
    changes: [
      ...(isArchived ? [{ path: "archived", before: true, after: false }] : []),
      ...changesOf(before, after).map((change) => ({ ...change, isSecret: isSecret(change) })),
    ],
  };
}

/**
 * With a new type of the template, that of its endpoint is sent, too: one that was given with the
 * same value looks like one that follows, and would not.
 */
function withEndpointType(patch: Input, after: Input): Input {
  const vendor = after["vendorConfiguration"] as { readonly endpointConfig: Input } | undefined;
  if (patch["endpointType"] === undefined || !vendor) return patch;
  const changed = patch["vendorConfiguration"] as { readonly endpointConfig?: Input } | undefined;
  const endpointType = vendor.endpointConfig["endpointType"] ?? null;
  return {
    ...patch,
    vendorConfiguration: {
      ...changed,
      endpointConfig: { ...changed?.endpointConfig, endpointType },
    },
  };
}

function changesOf(before: Input, after: Input): readonly Change[] {
  const [old, next] = [byName(before) as Input, byName(after) as Input];
  const changes = diff(withObjectsOf(old, next), withObjectsOf(next, old));
  return [...changes, ...orderChanges(before, after)];
}

/** How deep the parameters are. What is in them is shown as a whole if it is new. */
const DEPTH = 2;

/** With the objects that only the other input has, but empty: what is in them is compared. */
function withObjectsOf(input: Input, other: Input, depth = DEPTH): Input {
  const isFilled = (value: Value) => isPlain(value) && Object.keys(value).length > 0;
  const lacking = Object.entries(other).filter(
    ([name, value]) => input[name] === undefined && isFilled(value ?? null),
  );
  const all = [...Object.entries(input), ...lacking.map(([name]) => [name, {}] as const)];
  return Object.fromEntries(
    all.map(([name, value = null]) => {
      const same = other[name] ?? null;
      const isDeeper = depth > 1 && isPlain(value) && isPlain(same);
      return [name, isDeeper ? withObjectsOf(value, same, depth - 1) : value];
    }),
  );
}

/**
 * The values that there are, with lists of parameters as objects, so that one that is inserted does
 * not change all others.
 */
function byName(value: Value): Value {
  const names = namesIn(value);
  if (names) {
    const items = value as readonly Input[];
    return Object.fromEntries(
      items.map(({ name, ...item }) => [name as string, byName(item as Value)]),
    );
  }
  if (!isPlain(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, byName(member as Value)]));
}

/** Changes of the order of parameters that there were before. */
function orderChanges(before: Value, after: Value, path = ""): readonly Change[] {
  const [old, next] = [namesIn(before), namesIn(after)];
  if (old && next) {
    const kept = [old.filter((it) => next.includes(it)), next.filter((it) => old.includes(it))];
    const isSame = kept[0]?.join() === kept[1]?.join();
    return isSame ? [] : [{ path: `${path}.(order)`, before: kept[0], after: kept[1] }];
  }
  if (!isPlain(before) || !isPlain(after)) return [];
  return Object.keys(before).flatMap((name) =>
    orderChanges(before[name] ?? null, after[name] ?? null, path ? `${path}.${name}` : name),
  );
}

/** The names of a list's parameters; null if it is no such list. */
function namesIn(value: Value): readonly string[] | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const names = (value as readonly Value[]).map((item) => (isPlain(item) ? item["name"] : null));
  return names.every((name) => typeof name === "string") ? names : null;
}

function isPlain(value: Value): value is Input {
  return isRecord(value) && Object.getPrototypeOf(value) === Object.prototype;
}

/** Whether a path leads into a parameter that is a secret. */
function isOfSecret(input: Input, path: string): boolean {
  const [schema = "", list = "", name] = path.split(".");
  const value = input[schema];
  const items = isRecord(value) && Array.isArray(value[list]) ? (value[list] as Fields[]) : [];
  return items.some((item) => item["name"] === name && item["secret"] === true);
}
