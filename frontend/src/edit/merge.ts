/** What happens to a form when somebody else has changed the template meanwhile. */

import type { Draft, DraftValue } from "./draft";
import { withValue } from "./draft";
import { templateFields } from "./fields";
import { differences, isSame, type Difference } from "./patch";
import { read } from "./reading";

export interface Merge {
  /** What only the others have changed, as `after`. */
  readonly theirs: readonly Difference[];
  /** What only this form has changed. */
  readonly mine: readonly Difference[];
  /** What both have changed, in different ways: `before` theirs, `after` mine. */
  readonly conflicts: readonly Difference[];
}

export function mergeOf(base: Draft, mine: Draft, theirs: Draft): Merge {
  const [old, own, other] = [base, mine, theirs].map((draft) => read(templateFields, draft).input);
  const [changed, foreign] = [
    differences(templateFields, old ?? {}, own ?? {}),
    differences(templateFields, old ?? {}, other ?? {}),
  ];
  const touches = (a: Difference, b: Difference) =>
    isPrefix(a.path, b.path) || isPrefix(b.path, a.path);
  const conflicts = differences(templateFields, other ?? {}, own ?? {}).filter(
    (one) => changed.some((it) => touches(one, it)) && foreign.some((it) => touches(one, it)),
  );
  const isConflict = (one: Difference) => conflicts.some((it) => touches(one, it));
  const isShared = (one: Difference) =>
    foreign.some((it) => touches(it, one) && isSame(it.after, one.after));
  return {
    theirs: foreign.filter((one) => !isConflict(one) && !changed.some((it) => touches(it, one))),
    mine: changed.filter((one) => !isConflict(one) && !isShared(one)),
    conflicts,
  };
}

/** The form's draft with the others' changes; of conflicts, those at the `chosen` paths. */
export function merged(
  mine: Draft,
  theirs: Draft,
  merge: Merge,
  chosen: ReadonlySet<string>,
): Draft {
  const taken = [
    ...merge.theirs,
    ...merge.conflicts.filter(({ path }) => chosen.has(path.join("."))),
  ];
  return taken.reduce((draft, { path }) => withValue(draft, path, valueAt(theirs, path)), mine);
}

function valueAt(draft: Draft, path: readonly string[]): DraftValue {
  return path.reduce<DraftValue>((at, step) => (at as Draft)[step] ?? null, draft);
}

function isPrefix(a: readonly string[], b: readonly string[]): boolean {
  return a.every((step, n) => b[n] === step);
}
