import { useCallback, useState } from "react";
import { findKey } from "./api/apiKey";
import { takeEarlyKey } from "./api/earlyAnswers";
import { RequestError } from "./api/server";
import { CatalogPages } from "./CatalogPages";
import { ErrorNotice } from "./ui/ErrorNotice";

type KeyLookup = { readonly key: string | null } | { readonly error: RequestError };

/** Looks for an API key. A failing server is no missing key: nobody is asked for one without need. */
export async function lookUpKey(): Promise<KeyLookup> {
  try {
    return { key: await (takeEarlyKey() ?? findKey()) };
  } catch (error) {
    return { error: unavailable(error) };
  }
}

export function CatalogApp({ initialLookup }: { readonly initialLookup: KeyLookup }) {
  const [lookup, setLookup] = useState<KeyLookup | null>(initialLookup);
  const lookUp = useCallback(() => {
    setLookup(null);
    void lookUpKey().then(setLookup);
  }, []);
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
