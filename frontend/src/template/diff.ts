import { ExactNumber, toJson, type Value } from "../api/json";

export interface Change {
  /** Field names and list positions, joined by dots. */
  readonly path: string;
  /** Undefined if the path is absent on that side. */
  readonly before: unknown;
  readonly after: unknown;
  /** Whether the values are not to be shown. */
  readonly isSecret?: boolean;
}

/** The leaves that differ between two JSON values, in the order of their fields. */
export function diff(before: unknown, after: unknown, path = ""): Change[] {
  if (isBranch(before) && isBranch(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) =>
      diff(own(before, name), own(after, name), path ? `${path}.${name}` : name),
    );
  }
  return text(before) === text(after) ? [] : [{ path, before, after }];
}

/** A member that is in the JSON text, unlike `constructor`, which every object inherits. */
function own(branch: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(branch, name) ? branch[name] : undefined;
}

/** An object, or an array by its positions. */
function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !(value instanceof ExactNumber);
}

/** With all digits of numbers, unlike JSON.stringify. */
function text(value: unknown): string | undefined {
  return value === undefined ? undefined : toJson(value as Value);
}
