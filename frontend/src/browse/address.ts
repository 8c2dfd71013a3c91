/** The state of the catalog as its URL holds it, so that links and the Back button work. */

import { facets, orders } from "contract:catalog";

export const VIEWS = ["overview", "launch", "revisions"] as const;
/** What is shown instead of the list or of a template's views. */
export const PAGES = ["", "new", "edit", "duplicate", "import", "compare"] as const;
export const ARCHIVED = ["false", "true", "null"] as const;

/** Every field in both directions: `NAME.ASC`. */
export const ORDERS = (orders[0]?.members ?? []).flatMap((field) =>
  (orders[1]?.members ?? []).map((direction) => `${field}.${direction}`),
);

export interface Address {
  readonly search: string;
  /** The selected members of each facet. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  readonly archived: (typeof ARCHIVED)[number];
  /** One of ORDERS. */
  readonly order: string;
  /** The template that is shown; null for the list. */
  readonly id: string | null;
  readonly view: (typeof VIEWS)[number];
  readonly page: (typeof PAGES)[number];
}

const DEFAULTS = {
  search: "",
  archived: "false",
  order: "CREATED_AT.DESC",
  view: "overview",
  page: "",
} as const;

/** Parameters that are missing or make no sense have their default. */
export function parseAddress(query: string): Address {
  const parameters = new URLSearchParams(query);
  const oneOf = <Word extends string>(name: string, words: readonly Word[], fallback: Word) =>
    words.find((word) => word === parameters.get(name)) ?? fallback;
  return {
    search: parameters.get("search") ?? DEFAULTS.search,
    facets: Object.fromEntries(
      facets.map(({ name, members }) => {
        const selected = parameters.getAll(name);
        return [name, members.filter((member) => selected.includes(member))];
      }),
    ),
    archived: oneOf("archived", ARCHIVED, DEFAULTS.archived),
    order: oneOf("order", ORDERS, DEFAULTS.order),
    id: parameters.get("id"),
    view: oneOf("view", VIEWS, DEFAULTS.view),
    page: oneOf("page", PAGES, DEFAULTS.page),
  };
}

/** A path with a query that leaves out defaults. */
export function formatAddress({ facets: selected, id, ...plain }: Address): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(plain)) {
    if (value !== DEFAULTS[name as keyof typeof DEFAULTS]) parameters.set(name, value);
  }
  for (const [name, members] of Object.entries(selected)) {
    for (const member of members) parameters.append(name, member);
  }
  if (id !== null) parameters.set("id", id);
  const query = parameters.toString();
  return location.pathname + (query && `?${query}`);
}
