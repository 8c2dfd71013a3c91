/**
 * What was typed into the form, kept in the tab until it is saved: it outlasts a reload, a key that
 * expired and a server that went away.
 */

import { isRecord } from "../api/json";
import type { UserError } from "../api/types";
import type { Draft, DraftValue } from "./draft";

const PREFIX = "model-templates.draft.";

export interface StoredDraft {
  readonly draft: Draft;
  readonly accountId: string;
  /** The state of the template that was changed; null for a new template. */
  readonly base: Draft | null;
  readonly revision: number | null;
}

export function storedDraft(name: string): StoredDraft | null {
  const text = sessionStorage.getItem(PREFIX + name);
  return text === null ? null : (JSON.parse(text) as StoredDraft);
}

/** Leaves out what is, or seems to be, a secret. */
export function storeDraft(
  name: string,
  stored: StoredDraft,
  warnings: readonly UserError[],
): void {
  const exposed = new Set(
    warnings.filter(({ code }) => code === "EXPOSED").map(({ path }) => path.join(".")),
  );
  const plain = { ...stored, draft: withoutSecrets(stored.draft, exposed, "") };
  sessionStorage.setItem(PREFIX + name, JSON.stringify(plain));
}

export function forgetDraft(name: string): void {
  sessionStorage.removeItem(PREFIX + name);
}

function withoutSecrets(value: DraftValue, exposed: ReadonlySet<string>, path: string): DraftValue {
  if (typeof value === "string") return exposed.has(path) ? "" : value;
  if (Array.isArray(value)) {
    return value.map((item: DraftValue, n) => {
      if (isPair(item)) return exposed.has(`${path}.${item.name}`) ? { ...item, value: "" } : item;
      return withoutSecrets(item, exposed, `${path}.${n}`);
    }) as unknown as DraftValue;
  }
  if (!isRecord(value)) return value;
  const isSecret = value["secret"] === true;
  return Object.fromEntries(
    Object.entries(value as Draft).map(([name, inner]) => {
      if (isSecret && ["default", "enum"].includes(name))
        return [name, name === "enum" ? [] : null];
      return [name, withoutSecrets(inner, exposed, path ? `${path}.${name}` : name)];
    }),
  );
}

function isPair(value: unknown): value is { name: string; value: string } {
  return isRecord(value) && typeof value["value"] === "string" && Object.keys(value).length === 2;
}
