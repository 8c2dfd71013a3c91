import { useEffect, useRef, useState } from "react";
import { toJson, type Variables } from "./json";
import type { Execute, RequestError } from "./server";
import type { Connection } from "./types";
import { toRequestError, useQuery } from "./useQuery";

interface PagedQueryResult<Node> {
  /**
   * All loaded pages in one. A node occurs twice if it moved to the first page, and that page was
   * loaded again.
   */
  readonly connection: Connection<Node> | null;
  readonly error: RequestError | null;
  readonly isLoading: boolean;
  readonly retry: () => void;
  readonly loadMore: () => void;
  /** Loads the first page again. */
  readonly refresh: () => void;
}

/** The pages after the first. */
interface LaterPages<Node> {
  readonly request: string;
  readonly pages: readonly Connection<Node>[];
  readonly error: RequestError | null;
  readonly isLoading: boolean;
}

/**
 * A list that is loaded page by page. The operation takes a variable `after`; `connectionIn` finds
 * the connection in its data.
 */
export function usePagedQuery<Data, Node>(
  execute: Execute,
  operation: string,
  variables: Variables,
  connectionIn: (data: Data) => Connection<Node> | null | undefined,
): PagedQueryResult<Node> {
  const request = toJson(variables);
  const first = useQuery<Data>(execute, operation, variables);
  const none: LaterPages<Node> = { request, pages: [], error: null, isLoading: false };
  const [stored, setStored] = useState(none);
  const later = stored.request === request ? stored : none;
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), [request]);

  const firstPage = first.data ? (connectionIn(first.data) ?? null) : null;
  const pages = firstPage ? [firstPage, ...later.pages] : [];
  const lastPage = pages.at(-1);

  const loadMore = () => {
    if (lastPage === undefined || later.isLoading) return;
    const { signal } = (running.current = new AbortController());
    const finish = (change: Partial<LaterPages<Node>>) => {
      if (!signal.aborted) setStored({ ...later, isLoading: false, error: null, ...change });
    };
    setStored({ ...later, isLoading: true });
    execute<Data>(operation, { ...variables, after: lastPage.pageInfo.endCursor }, signal).then(
      (data) => {
        const next = connectionIn(data);
        finish({ pages: next ? [...later.pages, next] : later.pages });
      },
      (error: unknown) => finish({ error: toRequestError(error) }),
    );
  };

  return {
    connection:
      firstPage && lastPage
        ? {
            ...firstPage,
            pageInfo: lastPage.pageInfo,
            nodes: pages.flatMap(({ nodes }) => nodes),
          }
        : null,
    error: first.error ?? later.error,
    isLoading: first.isLoading || later.isLoading,
    retry: first.error ? first.retry : loadMore,
    loadMore,
    refresh: first.retry,
  };
}
