import {
  createContext,
  useCallback,
  useContext,
  useMemo,
  useSyncExternalStore,
  type ReactNode,
} from "react";
import { formatAddress, OF_A_TEMPLATE, parseAddress, type Address } from "./address";

export type AddressChange = Partial<Address>;

interface Navigation {
  readonly address: Address;
  readonly href: (change: AddressChange) => string;
  readonly navigate: (change: AddressChange, how?: "push" | "replace") => void;
}

/** Browsers report Back and Forward, but not pushState. */
const NAVIGATED = "catalog:navigated";

/** How the page that is shown came to be shown; null for the first one. */
let lastEvent: "popstate" | typeof NAVIGATED | null = null;

/** Whether Back or Forward has led to the page that is shown, or a link; null if neither has. */
export function cameBack(): boolean | null {
  return lastEvent === null ? null : lastEvent === "popstate";
}

const AddressContext = createContext<Navigation | null>(null);

/** The current address, and changes to it. */
export function useAddress(): Navigation {
  const navigation = useContext(AddressContext);
  if (navigation === null) throw new Error("useAddress needs an AddressProvider.");
  return navigation;
}

export function AddressProvider({ children }: { children: ReactNode }) {
  const query = useSyncExternalStore(subscribe, () => location.search);
  const address = useMemo(() => parseAddress(query), [query]);
  const href = useCallback(
    (change: AddressChange) => {
      const isOther = change.id !== undefined && change.id !== address.id;
      return formatAddress({ ...address, ...(isOther && OF_A_TEMPLATE), ...change });
    },
    [address],
  );
  const navigate = useCallback(
    (change: AddressChange, how: "push" | "replace" = "push") => {
      const next = href(change);
      if (how === "push") history.pushState(null, "", next);
      else history.replaceState(null, "", next);
      dispatchEvent(new Event(NAVIGATED));
    },
    [href],
  );
  const navigation = useMemo(() => ({ address, href, navigate }), [address, href, navigate]);
  return <AddressContext value={navigation}>{children}</AddressContext>;
}

function subscribe(onChange: () => void): () => void {
  const changed = ({ type }: Event) => {
    lastEvent = type === "popstate" ? "popstate" : NAVIGATED;
    onChange();
  };
  for (const event of ["popstate", NAVIGATED]) addEventListener(event, changed);
  return () => {
    for (const event of ["popstate", NAVIGATED]) removeEventListener(event, changed);
  };
}
