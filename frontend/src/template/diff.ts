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
      diff(own(before, name), own(after, name), path ? `${path}.${name}` : name),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ path, before, after }];
}

/** A member that is in the JSON text, unlike `constructor`, which every object inherits. */
function own(branch: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(branch, name) ? branch[name] : undefined;
}

/** An object, or an array by its positions. */
function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
