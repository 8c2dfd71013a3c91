/** The page's address holds its state, so that links and Back work. */

import { facets, orders } from "contract:catalog";
import {
  createContext,
  useCallback,
  useContext,
  useMemo,
  useSyncExternalStore,
  type MouseEvent,
  type ReactNode,
} from "react";

export const VIEWS = ["overview", "launch", "revisions"] as const;
export const ARCHIVED = ["false", "true", "null"] as const;

/** Each field, either way: `NAME.ASC`. */
export const ORDERS = (orders[0]?.members ?? []).flatMap((field) =>
  (orders[1]?.members ?? []).map((direction) => `${field}.${direction}`),
);

export interface Address {
  readonly search: string;
  /** Members that are asked for, by facet. */
  readonly facets: Readonly<Record<string, readonly string[]>>;
  readonly archived: (typeof ARCHIVED)[number];
  /** One of ORDERS. */
  readonly order: string;
  /** The template that is shown; null for the list. */
  readonly id: string | null;
  readonly view: (typeof VIEWS)[number];
}

export type Change = Partial<Address>;

interface Place {
  readonly address: Address;
  readonly href: (change: Change) => string;
  readonly go: (change: Change, how?: "push" | "replace") => void;
}

const DEFAULTS = {
  search: "",
  archived: "false",
  order: "CREATED_AT.DESC",
  view: "overview",
} as const;
const MOVED = "catalog:moved";
const PlaceContext = createContext<Place | null>(null);

export function usePlace(): Place {
  const place = useContext(PlaceContext);
  if (place === null) throw new Error("no place");
  return place;
}

export function PlaceProvider({ children }: { children: ReactNode }) {
  const query = useSyncExternalStore(subscribed, () => location.search);
  const address = useMemo(() => read(query), [query]);
  const href = useCallback((change: Change) => written({ ...address, ...change }), [address]);
  const go = useCallback(
    (change: Change, how: "push" | "replace" = "push") => {
      const next = href(change);
      if (how === "push") history.pushState(null, "", next);
      else history.replaceState(null, "", next);
      dispatchEvent(new Event(MOVED));
    },
    [href],
  );
  const place = useMemo(() => ({ address, href, go }), [address, href, go]);
  return <PlaceContext value={place}>{children}</PlaceContext>;
}

function subscribed(listen: () => void): () => void {
  for (const event of ["popstate", MOVED]) addEventListener(event, listen);
  return () => {
    for (const event of ["popstate", MOVED]) removeEventListener(event, listen);
  };
}

function read(query: string): Address {
  const given = new URLSearchParams(query);
  const one = <Word extends string>(name: string, words: readonly Word[], otherwise: Word) =>
    words.find((word) => word === given.get(name)) ?? otherwise;
  return {
    search: given.get("search") ?? DEFAULTS.search,
    facets: Object.fromEntries(
      facets.map(({ name, members }) => {
        const asked = given.getAll(name);
        return [name, members.filter((member) => asked.includes(member))];
      }),
    ),
    archived: one("archived", ARCHIVED, DEFAULTS.archived),
    order: one("order", ORDERS, DEFAULTS.order),
    id: given.get("id"),
    view: one("view", VIEWS, DEFAULTS.view),
  };
}

function written({ facets: chosen, id, ...plain }: Address): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(plain)) {
    if (value !== DEFAULTS[name as keyof typeof DEFAULTS]) query.set(name, value);
  }
  for (const [name, members] of Object.entries(chosen)) {
    for (const member of members) query.append(name, member);
  }
  if (id !== null) query.set("id", id);
  const text = query.toString();
  return location.pathname + (text && `?${text}`);
}

interface LinkProps {
  readonly to: Change;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A link within the catalog, which a browser may also open in another tab. */
export function Link({ to, className, children }: LinkProps) {
  const { href, go } = usePlace();
  const follow = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return;
    event.preventDefault();
    go(to);
    scrollTo(0, 0);
  };
  return (
    <a href={href(to)} className={className} onClick={follow}>
      {children}
    </a>
  );
}
