import { useState } from "react";
import { SessionProvider } from "./api/SessionProvider";
import { AddressProvider, useAddress } from "./browse/AddressProvider";
import { BrowsePage } from "./browse/BrowsePage";
import { PageHeader } from "./PageHeader";
import { TemplatePage } from "./template/TemplatePage";

export function CatalogPages({ initialKey }: { initialKey: string | null }) {
  return (
    <AddressProvider>
      <SessionProvider initialKey={initialKey}>
        <CurrentPage />
      </SessionProvider>
    </AddressProvider>
  );
}

/**
 * The list or one template. The list stays mounted behind a template that was opened from it, so
 * that going back restores the loaded pages and the scroll position.
 */
function CurrentPage() {
  const { address } = useAddress();
  const isList = address.id === null;
  const [wasListShown, setWasListShown] = useState(isList);
  if (isList && !wasListShown) setWasListShown(true);
  return (
    <>
      <PageHeader />
      {wasListShown && <BrowsePage isShown={isList} />}
      {address.id !== null && <TemplatePage key={address.id} id={address.id} />}
    </>
  );
}
