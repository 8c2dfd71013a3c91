/** The templates of the list that are selected, to be exported or archived together. */

import { createContext, useContext, useSyncExternalStore } from "react";
import type { TemplateSummary } from "../api/types";

/** A store, so that a change concerns the cards that it is about, and not the whole list. */
export class Selection {
  readonly #listeners = new Set<() => void>();
  #selected: ReadonlyMap<string, TemplateSummary> = new Map();
  #listed: readonly TemplateSummary[] = [];

  readonly subscribe = (listener: () => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get selected(): ReadonlyMap<string, TemplateSummary> {
    return this.#selected;
  }

  /** The templates that the list has loaded. */
  get listed(): readonly TemplateSummary[] {
    return this.#listed;
  }

  /** Notes what the list has loaded. Of selected templates, it is what is known last. */
  list(templates: readonly TemplateSummary[]): void {
    this.#listed = templates;
    if (this.#selected.size === 0) return; // Nothing that is shown depends on it.
    const known = templates.filter(({ id }) => this.#selected.has(id));
    this.#change((selected) => known.forEach((template) => selected.set(template.id, template)));
  }

  add(templates: readonly TemplateSummary[]): void {
    this.#change((selected) =>
      templates.forEach((template) => selected.set(template.id, template)),
    );
  }

  remove(ids: Iterable<string>): void {
    this.#change((selected) => {
      for (const id of ids) selected.delete(id);
    });
  }

  #change(change: (selected: Map<string, TemplateSummary>) => void): void {
    const next = new Map(this.#selected);
    change(next);
    this.#selected = next;
    this.#listeners.forEach((listener) => listener());
  }
}

export const SelectionContext = createContext(new Selection());

/** Whether a template is selected. */
export function useIsSelected(id: string): boolean {
  const selection = useContext(SelectionContext);
  return useSyncExternalStore(selection.subscribe, () => selection.selected.has(id));
}

/** All selected templates, by id, and those that the list has loaded. */
export function useSelection() {
  const selection = useContext(SelectionContext);
  const selected = useSyncExternalStore(selection.subscribe, () => selection.selected);
  const listed = useSyncExternalStore(selection.subscribe, () => selection.listed);
  return { selection, selected, listed };
}
