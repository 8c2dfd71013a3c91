/** Mends the tabs of GraphiQL for assistive technology. */

/**
 * By WAI-ARIA, a tab contains nothing that can be focused, but GraphiQL's contain two buttons. They
 * become a list with buttons, of which one is the current one. Returns a function that stops it.
 */
export function keepTabsAccessible(session: HTMLElement): () => void {
  const mend = () => {
    set(session.querySelector(".graphiql-tabs"), "role", "list");
    for (const tab of session.querySelectorAll(".graphiql-tab")) {
      const isActive = tab.classList.contains("graphiql-tab-active");
      set(tab, "role", "listitem");
      set(tab, "aria-selected", null);
      set(tab.querySelector(".graphiql-tab-button"), "aria-current", String(isActive));
    }
  };
  mend();
  const observer = new MutationObserver(mend);
  const attributeFilter = ["aria-selected", "class"];
  observer.observe(session, { subtree: true, childList: true, attributeFilter });
  return () => {
    observer.disconnect();
  };
}

function set(element: Element | null, name: string, value: string | null) {
  if (element === null || element.getAttribute(name) === value) return;
  if (value === null) element.removeAttribute(name);
  else element.setAttribute(name, value);
}
