/** Queries and mutations of the catalog. TanStack Query keeps, shares and refreshes the data. */

import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useCallback, useMemo, useRef } from "react";
import { toJson, type Variables } from "./json";
import type { RequestError } from "./server";
import { useSession } from "./SessionProvider";
import type { Connection } from "./types";

interface Options {
  readonly isEnabled?: boolean;
  /** Whether data of other variables stays until the new data is there. */
  readonly keepsPrevious?: boolean;
}

/** The data of an operation, which is loaded again when it may have changed. */
export function useOperation<Data>(
  operation: string,
  variables: Variables,
  { isEnabled = true, keepsPrevious = true }: Options = {},
) {
  const { execute, earlyData } = useSession();
  return useQuery<Data, RequestError>({
    queryKey: [operation, toJson(variables)],
    queryFn: ({ signal }) => execute<Data>(operation, variables, signal),
    enabled: isEnabled,
    initialData: () => earlyData<Data>(operation, variables),
    ...(keepsPrevious && { placeholderData: keepPreviousData }),
  });
}

/** The key under which `usePages` keeps a list. */
export function pagesKey(operation: string, variables: Variables) {
  return [operation, "pages", toJson(variables)];
}

/**
 * A list that is loaded page by page. The operation takes a variable `after`; `connectionIn` finds
 * the connection in its data.
 */
export function usePages<Data, Node>(
  operation: string,
  variables: Variables,
  connectionIn: (data: Data) => Connection<Node> | null | undefined,
) {
  const { execute, earlyData } = useSession();
  const connectionOf = useRef(connectionIn);
  const query = useInfiniteQuery<
    Data,
    RequestError,
    readonly Connection<Node>[],
    unknown[],
    string | null
  >({
    queryKey: pagesKey(operation, variables),
    queryFn: ({ signal, pageParam }) =>
      execute<Data>(operation, { ...variables, after: pageParam }, signal),
    initialPageParam: null,
    initialData: () => {
      const page = earlyData<Data>(operation, { ...variables, after: null });
      return page && { pages: [page], pageParams: [null] };
    },
    getNextPageParam: (page) => {
      const info = connectionIn(page)?.pageInfo;
      return info?.hasNextPage ? info.endCursor : undefined;
    },
    // Comparing all pages with themselves would take ever longer.
    structuralSharing: false,
    select: useCallback(
      ({ pages }: { readonly pages: readonly Data[] }) =>
        pages.flatMap((page) => connectionOf.current(page) ?? []),
      [],
    ),
    placeholderData: keepPreviousData,
  });
  const { data: pages } = query;
  const connection = useMemo((): Connection<Node> | null => {
    const first = pages?.[0];
    return first ? { ...first, nodes: pages.flatMap(({ nodes }) => nodes) } : null;
  }, [pages]);
  return { ...query, connection };
}

/** Runs a mutation; what is shown is then loaded again. */
export function useChange<Data>(operation: string) {
  const { execute } = useSession();
  const client = useQueryClient();
  return useMutation<Data, RequestError, Variables>({
    mutationFn: (variables) => execute<Data>(operation, variables, new AbortController().signal),
    // Not awaited: a form need not wait for the list behind it.
    onSettled: () => void client.invalidateQueries(),
  });
}
