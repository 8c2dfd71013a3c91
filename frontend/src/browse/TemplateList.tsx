import { Button } from "@mantine/core";
import { orders } from "contract:catalog";
import { useEffect, useRef } from "react";
import type { Value, Variables } from "../api/json";
import listTemplates from "../api/operations/list-templates.graphql";
import type { Connection, TemplateSummary } from "../api/types";
import { usePages } from "../api/queries";
import { ErrorNotice } from "../ui/ErrorNotice";
import { pluralize } from "../ui/format";
import { useAddress } from "./AddressProvider";
import { type Address } from "./address";
import { SortOrder } from "./SortOrder";
import { TemplateCard } from "./TemplateCard";
import "./TemplateList.css";

interface Answer {
  readonly modelTemplates: Connection<TemplateSummary>;
}

export function TemplateList({ isShown }: { isShown: boolean }) {
  const { address } = useAddress();
  const {
    connection,
    error,
    isFetching,
    isFetchNextPageError,
    hasNextPage,
    fetchNextPage,
    refetch,
  } = usePages(listTemplates, variablesOf(address), (answer: Answer) => answer.modelTemplates);
  const wasShown = useRef(isShown);
  useEffect(() => {
    // Templates may have changed while a template's page was shown.
    if (isShown && !wasShown.current) void refetch();
    wasShown.current = isShown;
  }, [isShown, refetch]);
  const retry = () => void (isFetchNextPageError ? fetchNextPage() : refetch());
  return (
    <section className="template-list" aria-label="Results" aria-busy={isFetching}>
      <div className="split-row">
        <p role="status">
          {connection && !error ? pluralize(connection.totalCount, "template") : ""}
        </p>
        <SortOrder />
      </div>
      {error && <ErrorNotice error={error} onRetry={retry} />}
      {connection && !error && connection.nodes.length === 0 && (
        <p className="empty-message">
          {isFiltered(address)
            ? "No templates match these filters."
            : "There are no templates yet, or this API key cannot read them. Create one with the mutation createModelTemplate."}
        </p>
      )}
      {connection && (
        <ul className="cards">
          {distinct(connection.nodes).map((template) => (
            <TemplateCard key={template.id} template={template} />
          ))}
        </ul>
      )}
      {hasNextPage && (
        <Button variant="default" disabled={isFetching} onClick={() => void fetchNextPage()}>
          Load more
        </Button>
      )}
    </section>
  );
}

function isFiltered({ search, facets, archived }: Address): boolean {
  const hasFacet = Object.values(facets).some((members) => members.length > 0);
  return hasFacet || search.trim() !== "" || archived === "true";
}

function variablesOf({ search, facets, archived, order }: Address): Variables {
  const filter: Record<string, Value> = {
    ...Object.fromEntries(Object.entries(facets).filter(([, members]) => members.length > 0)),
    archived: archived === "null" ? null : archived === "true",
  };
  if (search.trim()) filter.search = search;
  const parts = order.split(".");
  return {
    filter,
    orderBy: Object.fromEntries(orders.map(({ name }, n) => [name, parts[n]])),
  };
}

/** A template that changed while pages were loaded can be on two of them. */
function distinct(templates: readonly TemplateSummary[]): readonly TemplateSummary[] {
  const seen = new Set<string>();
  return templates.filter(({ id }) => !seen.has(id) && seen.add(id));
}
