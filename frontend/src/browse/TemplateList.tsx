import { Button, Skeleton } from "@mantine/core";
import { useIntersection } from "@mantine/hooks";
import { useCallback, useContext, useEffect, useMemo, useRef, useState } from "react";
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
import { usePlace } from "./usePlace";
import "./TemplateList.css";

interface Answer {
  readonly modelTemplates: Connection<TemplateSummary>;
}

/** How far below the screen the end of the list may be when more is loaded. */
const AHEAD = "0px 0px 800px 0px";

/** Cards that fill a screen. */
const SCREENFUL = 12;

/** A list of so many pages is kept whole, so that the browser's own search finds all of it. */
const SHORT_PAGES = 8;

export function TemplateList({ isShown }: { isShown: boolean }) {
  const { address } = useAddress();
  const { accounts } = useViewer();
  const query = usePages(
    listTemplates,
    listVariables(address),
    (answer: Answer) => answer.modelTemplates,
  );
  const { connection, error, isFetching, isFetchNextPageError, isFetchingNextPage } = query;
  const { fetchNextPage, hasNextPage, refetch, data } = query;
  const pages = useMemo(() => distinct(data ?? []), [data]);
  const selection = useContext(SelectionContext);
  useEffect(() => selection.list(pages.flat()), [selection, pages]);
  const wasShown = useRef(isShown);
  useEffect(() => {
    // Templates may have changed while a template's page was shown.
    if (isShown && !wasShown.current) void refetch();
    wasShown.current = isShown;
  }, [isShown, refetch]);
  const loadMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const restored = usePlace(isShown, data?.length ?? 0, hasNextPage, loadMore);
  const [settled, onSettled] = useCount();
  // Before a page has all its cards, the end of the list is nearer than it will be.
  const isIdle = settled === pages.length && !isFetching && !error;
  const retry = () => void (isFetchNextPageError ? fetchNextPage() : refetch());
  const notice = error && <ErrorNotice error={error} onRetry={retry} />;
  const isKnown = connection && (!error || isFetchNextPageError);
  return (
    <section
      className="template-list"
      aria-label="Results"
      aria-busy={isFetching}
      data-outdated={query.isPlaceholderData || undefined}
      data-skip-to
      tabIndex={-1}
    >
      <div className="split-row">
        <p role="status">{isKnown ? pluralize(connection.totalCount, "template") : ""}</p>
        <SortOrder />
      </div>
      <ActiveFilters />
      {!isFetchNextPageError && notice}
      {!connection && !error && <Placeholders />}
      {isKnown && connection.nodes.length === 0 && <Nothing address={address} />}
      {pages.map((templates, n) => (
        <CardPage
          key={n}
          templates={templates}
          showsAccount={accounts.length > 1}
          isRemovable={pages.length > SHORT_PAGES}
          first={n < restored ? Infinity : n === 0 ? SCREENFUL : 0}
          onSettled={onSettled}
        />
      ))}
      <div className="end-of-list">
        {isShown && hasNextPage && isIdle && <NearEnd onNear={loadMore} />}
        {isFetchNextPageError && notice}
        {hasNextPage && !isFetchNextPageError && (
          <Button variant="default" loading={isFetchingNextPage} onClick={loadMore}>
            Load more
          </Button>
        )}
      </div>
    </section>
  );
}

/** Says when the end of the list comes near the screen, or is near it at first. */
function NearEnd({ onNear }: { onNear: () => void }) {
  const { ref, entry } = useIntersection({ rootMargin: AHEAD });
  const isNear = entry?.isIntersecting ?? false;
  useEffect(() => {
    if (isNear) onNear();
  }, [isNear, onNear]);
  return <div ref={ref} />;
}

/** How many are counted now, and a function that counts one more until its result is called. */
function useCount() {
  const [count, setCount] = useState(0);
  const add = useCallback(() => {
    setCount((before) => before + 1);
    return () => setCount((before) => before - 1);
  }, []);
  return [count, add] as const;
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
