import type { ComponentProps, MouseEvent } from "react";
import { useAddress, type AddressChange } from "./AddressProvider";

interface Props extends Omit<ComponentProps<"a">, "href" | "onClick"> {
  readonly to: AddressChange;
}

/** A link within the catalog that does not reload the page, and can be opened in a new tab. */
export function CatalogLink({ to, children, ...attributes }: Props) {
  const { href, navigate } = useAddress();
  const follow = (event: MouseEvent) => {
    const isForBrowser = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (event.button !== 0 || isForBrowser) return;
    event.preventDefault();
    navigate(to);
    scrollTo(0, 0);
  };
  return (
    <a {...attributes} href={href(to)} onClick={follow}>
      {children}
    </a>
  );
}
