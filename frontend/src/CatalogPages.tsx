import { lazy, useEffect, useState } from "react";
import { SessionProvider } from "./api/SessionProvider";
import { AddressProvider, useAddress } from "./browse/AddressProvider";
import { BrowsePage } from "./browse/BrowsePage";
import type { Mode } from "./edit/EditPage";
import { PageHeader } from "./PageHeader";
import { LoadBoundary } from "./ui/LoadBoundary";
import { whenIdle } from "./ui/whenIdle";

const loadTemplatePage = () => import("./template/TemplatePage");

/** The list is small without them. A template's page is fetched as soon as the list is there. */
const TemplatePage = lazy(async () => ({ default: (await loadTemplatePage()).TemplatePage }));
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
  useEffect(() => whenIdle(() => void loadTemplatePage().catch(() => undefined)), []);
  return (
    <>
      <PageHeader />
      {wasListShown && <BrowsePage isShown={isList} />}
      <LoadBoundary key={`${address.page} ${address.id}`}>
        {address.page === "" && address.id !== null && <TemplatePage id={address.id} />}
        {isForm && <EditPage mode={address.page as Mode} id={address.id} />}
        {address.page === "import" && <ImportPage />}
        {address.page === "compare" && address.id !== null && <ComparePage id={address.id} />}
      </LoadBoundary>
    </>
  );
}
