import { useCallback, useEffect, useState } from "react";
import { App } from "./CatalogPages";
import { knownKey } from "./api/apiKey";
import { Refusal } from "./api/server";
import { Trouble } from "./ui/ErrorNotice";

type Found = { readonly key: string | null } | { readonly refusal: Refusal } | null;

/** Looks for a key; a server in trouble is no reason to ask people for one. */
export function Start() {
  const [found, setFound] = useState<Found>(null);
  const look = useCallback(() => {
    setFound(null);
    knownKey().then(
      (key) => setFound({ key }),
      (error: unknown) => setFound({ refusal: troubleOf(error) }),
    );
  }, []);
  useEffect(look, [look]);
  if (found === null) return <main className="page" aria-busy />;
  if ("key" in found) return <App firstKey={found.key} />;
  return (
    <main className="page">
      <h1>Model Templates</h1>
      <Trouble refusal={found.refusal} onRetry={look} />
    </main>
  );
}

function troubleOf(error: unknown): Refusal {
  const said = error instanceof Error ? error.message : "";
  return new Refusal(`The server cannot work at the moment. ${said}`, true);
}
