/** What can be done with a template of a text, and how many there are of each kind. */

import { pluralize } from "../ui/format";
import type { EntryCheck } from "./useEntryChecks";

/** Whether the stored template is as the text describes it. */
export function isUnchanged(check: EntryCheck | undefined): boolean {
  const update = isValid(check) ? check?.update : null;
  return update ? Object.keys(update.patch).length === 0 : false;
}

/** Whether writing it is possible and changes something. */
export function isWritable(check: EntryCheck | undefined): boolean {
  return isValid(check) && !isUnchanged(check);
}

function isValid(check: EntryCheck | undefined): boolean {
  return check !== undefined && check.errors.length === 0 && !check.failure && !check.isChecking;
}

/** `2 templates found: 1 new, 1 unchanged.` */
export function summaryOf(found: number, checks: readonly EntryCheck[]): string {
  const writable = checks.filter(isWritable);
  const parts = [
    [writable.filter(({ update }) => !update).length, "new"],
    [writable.filter(({ update }) => update).length, "to update"],
    [checks.filter(isUnchanged).length, "unchanged"],
    [checks.filter(({ errors }) => errors.length > 0).length, "with errors"],
    [checks.filter(({ failure }) => failure).length, "not checked"],
  ] as const;
  const kinds = parts.filter(([count]) => count > 0).map(([count, kind]) => `${count} ${kind}`);
  const text = `${pluralize(found, "template")} found`;
  return checks.some(({ isChecking }) => isChecking) || kinds.length === 0
    ? `${text}.`
    : `${text}: ${kinds.join(", ")}.`;
}

/** `Create 1 template`, `Create 1 and update 2 templates`. */
export function actionOf(chosen: readonly EntryCheck[]): string {
  if (chosen.length === 0) return "Nothing chosen";
  const updates = chosen.filter(({ update }) => update).length;
  const creates = chosen.length - updates;
  if (updates === 0) return `Create ${pluralize(creates, "template")}`;
  const update = `pdate ${pluralize(updates, "template")}`;
  return creates === 0 ? `U${update}` : `Create ${creates} and u${update}`;
}
