import { Button, Skeleton } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { useCallback, useContext, useEffect, useMemo, useRef } from "react";
import listTemplates from "../api/operations/list-templates.graphql";
import { usePages } from "../api/queries";
import type { Connection, TemplateSummary } from "../api/types";
import { useViewer } from "../api/useViewer";
import { EmptyState } from "../ui/EmptyState";
import { ErrorNotice } from "../ui/ErrorNotice";
import { pluralize } from "../ui/format";
import { ActiveFilters } from "./ActiveFilters";
import { UNFILTERED, type Address } from "./address";
import { useAddress } from "./AddressProvider";
import { CardPage } from "./CardPage";
import { CatalogLink } from "./CatalogLink";
import { listVariables } from "./listVariables";
import { SelectionContext } from "./selection";
import { SortOrder } from "./SortOrder";
import { useBeginning } from "./useBeginning";
import { isPlaceKept, usePlace } from "./usePlace";
import "./TemplateList.css";

interface Answer {
  readonly modelTemplates: Connection<TemplateSummary>;
}

/** How far below the screen the end of the list may be when more is loaded. */
const AHEAD = "0px 0px 800px 0px";

/** A list of so many pages is kept whole, so that the browser's own search finds all of it. */
const SHORT_PAGES = 8;

/** So many cards fill a window. The others of the first page are rendered once these are shown. */
const FIRST_CARDS = 12;

export function TemplateList({ isShown }: { isShown: boolean }) {
  const { address } = useAddress();
  const { accounts } = useViewer();
  const query = usePages(
    listTemplates,
    listVariables(address),
    (answer: Answer) => answer.modelTemplates,
  );
  const { connection, error, isFetching, isFetchNextPageError, hasNextPage } = query;
  const { fetchNextPage, refetch, data } = query;
  const pages = useMemo(() => distinct(data ?? []), [data]);
  const isBeginning = useBeginning() && !isPlaceKept();
  const shown = isBeginning ? pages.slice(0, 1).map((first) => first.slice(0, FIRST_CARDS)) : pages;
  const selection = useContext(SelectionContext);
  useEffect(() => selection.list(pages.flat()), [selection, pages]);
  const wasShown = useRef(isShown);
  useEffect(() => {
    // Templates may have changed while a template's page was shown.
    if (isShown && !wasShown.current) void refetch();
    wasShown.current = isShown;
  }, [isShown, refetch]);
  const loadMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  usePlace(isShown, data?.length ?? 0, hasNextPage, loadMore);
  const end = useIntersection({ rootMargin: AHEAD });
  const isNearEnd = end.entry?.isIntersecting ?? false;
  useEffect(() => {
    if (isShown && isNearEnd && hasNextPage && !isFetching && !error) loadMore();
  }, [isShown, isNearEnd, hasNextPage, isFetching, error, loadMore]);
  const retry = () => void (isFetchNextPageError ? fetchNextPage() : refetch());
  return (
    <section
      className="template-list"
      aria-label="Results"
      aria-busy={isFetching}
      data-skip-to
      tabIndex={-1}
    >
      <div className="split-row">
        <p role="status">
          {connection && !error ? pluralize(connection.totalCount, "template") : ""}
        </p>
        <SortOrder />
      </div>
      <ActiveFilters />
      {error && <ErrorNotice error={error} onRetry={retry} />}
      {!connection && !error && <Placeholders />}
      {connection && !error && connection.nodes.length === 0 && <Nothing address={address} />}
      {shown.map((templates, n) => (
        <CardPage
          key={n}
          templates={templates}
          showsAccount={accounts.length > 1}
          isRemovable={pages.length > SHORT_PAGES}
        />
      ))}
      <div ref={isBeginning ? undefined : end.ref} className="end-of-list">
        {hasNextPage && !isBeginning && (
          <Button variant="default" loading={query.isFetchingNextPage} onClick={loadMore}>
            Load more
          </Button>
        )}
      </div>
    </section>
  );
}

/** Where the cards will be. */
function Placeholders() {
  return (
    <div className="cards" aria-hidden>
      {Array.from({ length: 6 }, (_, n) => (
        <Skeleton key={n} height={190} radius="md" />
      ))}
    </div>
  );
}

function Nothing({ address }: { address: Address }) {
  const { writable } = useViewer();
  if (isFiltered(address)) {
    return (
      <EmptyState title="No templates match these filters.">
        <Button component={CatalogLink} variant="default" to={UNFILTERED}>
          Clear all filters
        </Button>
      </EmptyState>
    );
  }
  return (
    <EmptyState title="There are no templates yet">
      <p>
        A template holds what it takes to run a model: its image, resources and parameters.
        {writable.length === 0 && " This API key may only read, or has no account."}
      </p>
      {writable.length > 0 && (
        <Button component={CatalogLink} to={{ page: "new", id: null }}>
          Create the first template
        </Button>
      )}
    </EmptyState>
  );
}

function isFiltered({ search, facets, archived, labels, account }: Address): boolean {
  const hasFacet = Object.values(facets).some((members) => members.length > 0);
  const isNarrowed = labels.length > 0 || account !== "" || archived === "true";
  return hasFacet || isNarrowed || search.trim() !== "";
}

/** A template that changed while pages were loaded can be on two of them. */
function distinct(
  pages: readonly Connection<TemplateSummary>[],
): readonly (readonly TemplateSummary[])[] {
  const seen = new Set<string>();
  return pages.map(({ nodes }) => {
    const isWhole = nodes.every(({ id }) => !seen.has(id));
    const own = isWhole ? nodes : nodes.filter(({ id }) => !seen.has(id));
    for (const { id } of nodes) seen.add(id);
    return own;
  });
}
