import { useCallback, useEffect, useState } from "react";
import { findKey } from "./api/apiKey";
import { RequestError } from "./api/server";
import { CatalogPages } from "./CatalogPages";
import { ErrorNotice } from "./ui/ErrorNotice";

type KeyLookup = { readonly key: string | null } | { readonly error: RequestError } | null;

/**
 * Looks for an API key before it shows the pages. A failing server is reported as such, so that
 * nobody is asked for a key without need.
 */
export function CatalogApp() {
  const [lookup, setLookup] = useState<KeyLookup>(null);
  const lookUp = useCallback(() => {
    setLookup(null);
    findKey().then(
      (key) => setLookup({ key }),
      (error: unknown) => setLookup({ error: unavailable(error) }),
    );
  }, []);
  useEffect(lookUp, [lookUp]);
  if (lookup === null) return <main className="page" aria-busy />;
  if ("key" in lookup) return <CatalogPages initialKey={lookup.key} />;
  return (
    <main className="page">
      <h1>Model Templates</h1>
      <ErrorNotice error={lookup.error} onRetry={lookUp} />
    </main>
  );
}

function unavailable(error: unknown): RequestError {
  const reason = error instanceof Error ? error.message : "";
  return new RequestError(`The server is temporarily unavailable. ${reason}`, true);
}
