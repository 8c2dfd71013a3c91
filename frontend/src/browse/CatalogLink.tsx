import type { MouseEvent, ReactNode } from "react";
import { useAddress, type AddressChange } from "./AddressProvider";

interface Props {
  readonly to: AddressChange;
  readonly className?: string;
  readonly children: ReactNode;
}

/** A link within the catalog that does not reload the page, and can be opened in a new tab. */
export function CatalogLink({ to, className, children }: Props) {
  const { href, navigate } = useAddress();
  const follow = (event: MouseEvent) => {
    const isForBrowser = event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    if (event.button !== 0 || isForBrowser) return;
    event.preventDefault();
    navigate(to);
    scrollTo(0, 0);
  };
  return (
    <a href={href(to)} className={className} onClick={follow}>
      {children}
    </a>
  );
}
