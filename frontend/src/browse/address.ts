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
  /** Pairs that the labels must include, as `name=value`. */
  readonly labels: readonly string[];
  /** The account of the templates; empty for all. */
  readonly account: string;
  readonly archived: (typeof ARCHIVED)[number];
  /** One of ORDERS. */
  readonly order: string;
  /** The template that is shown; null for the list. */
  readonly id: string | null;
  readonly view: (typeof VIEWS)[number];
  readonly page: (typeof PAGES)[number];
  /** The compared revisions of the template; empty for the latest two. */
  readonly from: string;
  readonly to: string;
  /** The template that it is compared with; empty if it is to be chosen. */
  readonly other: string;
}

const DEFAULTS = {
  search: "",
  account: "",
  archived: "false",
  order: "CREATED_AT.DESC",
  view: "overview",
  page: "",
  from: "",
  to: "",
  other: "",
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
    labels: parameters.getAll("label").filter((pair) => pair.includes("=")),
    account: parameters.get("account") ?? DEFAULTS.account,
    archived: oneOf("archived", ARCHIVED, DEFAULTS.archived),
    order: oneOf("order", ORDERS, DEFAULTS.order),
    id: parameters.get("id"),
    view: oneOf("view", VIEWS, DEFAULTS.view),
    page: oneOf("page", PAGES, DEFAULTS.page),
    from: parameters.get("from") ?? DEFAULTS.from,
    to: parameters.get("to") ?? DEFAULTS.to,
    other: parameters.get("other") ?? DEFAULTS.other,
  };
}

/** A path with a query that leaves out defaults. */
export function formatAddress({ facets: selected, labels, id, ...plain }: Address): string {
  const parameters: string[] = [];
  // Not URLSearchParams, which is slow: a page has hundreds of links.
  const add = (name: string, value: string) => parameters.push(`${name}=${encode(value)}`);
  for (const [name, value] of Object.entries(plain)) {
    if (value !== DEFAULTS[name as keyof typeof DEFAULTS]) add(name, value);
  }
  for (const [name, members] of Object.entries(selected)) {
    for (const member of members) add(name, member);
  }
  for (const pair of labels) add("label", pair);
  if (id !== null) add("id", id);
  return location.pathname + (parameters.length > 0 ? `?${parameters.join("&")}` : "");
}

/** A value of a query, with `+` for blanks. Names need no such thing: they are the schema's. */
function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replaceAll("%20", "+");
}

/** A label as the address has it. */
export function labelPair(name: string, value: string): string {
  return `${name}=${value}`;
}

/** The labels with one more, in place of another value of the same name. */
export function withLabel(labels: readonly string[], pair: string): readonly string[] {
  const name = pair.slice(0, pair.indexOf("=") + 1);
  return [...labels.filter((other) => !other.startsWith(name)), pair];
}

/** The names and values of labels in an address. */
export function labelEntries(labels: readonly string[]): readonly (readonly [string, string])[] {
  return labels.map((pair) => {
    const at = pair.indexOf("=");
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
}

/** An address of the list with no condition, in the order that is chosen. */
export const UNFILTERED = {
  search: "",
  facets: {},
  labels: [],
  account: "",
  archived: "false",
} as const;

/** What belongs to the template that is shown, and not to the next one. */
export const OF_A_TEMPLATE = { from: "", to: "", other: "" } as const;
