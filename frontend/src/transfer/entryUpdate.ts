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
      ...diff(byName(before), byName(after)).map((change) => ({
        ...change,
        isSecret: isSecret(change),
      })),
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

/** Lists of parameters as objects, so that one that is inserted does not change all others. */
function byName(value: Value | undefined): Value | undefined {
  if (Array.isArray(value)) {
    const items = value as readonly Value[];
    const names = items.map((item) => (isRecord(item) ? item["name"] : null));
    if (items.length === 0 || !names.every((name) => typeof name === "string")) return value;
    return Object.fromEntries([
      ...items.map((item, n) => [names[n], item] as const),
      ["(order)", names as readonly string[]] as const,
    ]) as Value;
  }
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return value as Value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, byName(member as Value)]),
  );
}

/** Whether a path leads into a parameter that is a secret. */
function isOfSecret(input: Input, path: string): boolean {
  const [schema = "", list = "", name] = path.split(".");
  const value = input[schema];
  const items = isRecord(value) && Array.isArray(value[list]) ? (value[list] as Fields[]) : [];
  return items.some((item) => item["name"] === name && item["secret"] === true);
}
