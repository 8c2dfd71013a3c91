export interface Change {
  /** Field names and list positions, joined by dots. */
  readonly path: string;
  /** Undefined if the path is absent on that side. */
  readonly before: unknown;
  readonly after: unknown;
}

/** The leaves that differ between two JSON values, in the order of their fields. */
export function diff(before: unknown, after: unknown, path = ""): Change[] {
  if (isBranch(before) && isBranch(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      diff(before[name], after[name], path ? `${path}.${name}` : name),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

/** An object, or an array by its positions. */
function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
