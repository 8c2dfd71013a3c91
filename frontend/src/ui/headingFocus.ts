import { useEffect, useRef } from "react";

/** For the title of a page that takes the place of another one: it has the focus at first. */
export function useHeadingFocus() {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return { ref: heading, tabIndex: -1 } as const;
}

/** For buttons that are gone once they have been used. */
export function focusHeading(): void {
  const heading = document.querySelector<HTMLElement>("main:not([hidden]) h1");
  if (heading && !heading.hasAttribute("tabindex")) heading.tabIndex = -1;
  heading?.focus({ preventScroll: true });
}
