/** Where the errors of an input belong in its form. */

import type { UserError } from "../api/types";

/** The id of the form element for a path of the server's errors. */
export function elementId(path: readonly string[]): string {
  return `field-${path.join("-")}`;
}

/** The errors whose path starts with `path`. */
export function errorsAt(
  errors: readonly UserError[],
  path: readonly string[],
): readonly UserError[] {
  return errors.filter((error) => path.every((step, n) => error.path[n] === step));
}

/** The errors about exactly this value, as one text; null if there are none. */
export function errorText(errors: readonly UserError[], path: readonly string[]): string | null {
  const own = errorsAt(errors, path).filter((error) => error.path.length === path.length);
  return own.map(({ message }) => message).join(" ") || null;
}

/** The errors about a value or anything in it, as one text; null if there are none. */
export function errorsBelow(errors: readonly UserError[], path: readonly string[]): string | null {
  return (
    errorsAt(errors, path)
      .map(({ message }) => message)
      .join(" ") || null
  );
}

/** Focuses the element of a path, or of what it is in. Parts that hide it are unfolded. */
export function focusField(path: readonly string[]): void {
  for (let length = path.length; length > 0; length--) {
    const element = document.getElementById(elementId(path.slice(0, length)));
    if (element === null) continue;
    for (let at: Element | null = element; at; at = at.parentElement) {
      if (at instanceof HTMLDetailsElement) at.open = true;
    }
    if (element.getAttribute("aria-expanded") === "false" && length < path.length) {
      element.click();
      requestAnimationFrame(() => focusField(path));
      return;
    }
    element.focus();
    element.scrollIntoView({ block: "center" });
    return;
  }
}

/** Whether an element belongs to a field, or to a part of it. */
export function isAbout(element: string, field: string): boolean {
  return element === field || element.startsWith(`${field}-`) || field.startsWith(`${element}-`);
}
