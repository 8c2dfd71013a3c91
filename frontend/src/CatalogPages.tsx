import { lazy, Suspense, useState } from "react";
import { SessionProvider } from "./api/SessionProvider";
import { AddressProvider, useAddress } from "./browse/AddressProvider";
import { BrowsePage } from "./browse/BrowsePage";
import type { Mode } from "./edit/EditPage";
import { PageHeader } from "./PageHeader";
import { TemplatePage } from "./template/TemplatePage";

/** Loaded when it is needed first: most visits only read. */
const EditPage = lazy(async () => ({ default: (await import("./edit/EditPage")).EditPage }));

const ComparePage = lazy(async () => ({
  default: (await import("./template/ComparePage")).ComparePage,
}));
const ImportPage = lazy(async () => ({
  default: (await import("./transfer/ImportPage")).ImportPage,
}));

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
  const isForm = address.page === "new" || address.page === "edit" || address.page === "duplicate";
  const isList = address.id === null && (address.page === "" || address.page === "compare");
  const [wasListShown, setWasListShown] = useState(isList);
  if (isList && !wasListShown) setWasListShown(true);
  return (
    <>
      <PageHeader />
      {wasListShown && <BrowsePage isShown={isList} />}
      {address.page === "" && address.id !== null && (
        <TemplatePage key={address.id} id={address.id} />
      )}
      <Suspense fallback={<main className="page" id="main" aria-busy />}>
        {isForm && (
          <EditPage
            key={`${address.page} ${address.id}`}
            mode={address.page as Mode}
            id={address.id}
          />
        )}
        {address.page === "import" && <ImportPage />}
        {address.page === "compare" && address.id !== null && (
          <ComparePage key={address.id} id={address.id} />
        )}
      </Suspense>
    </>
  );
}
