import { hashKey, useQueryClient } from "@tanstack/react-query";
import { startTransition, useEffect, useState } from "react";
import countFacets from "../api/operations/count-facets.graphql";
import listTemplates from "../api/operations/list-templates.graphql";
import { pagesKey, useOperation } from "../api/queries";
import type { Facets } from "../api/types";
import type { Address } from "./address";
import { listVariables } from "./listVariables";

/** How many templates a choice leads to. */
export interface Count {
  readonly count: number;
  /** Whether there may be more. */
  readonly isLeast: boolean;
}

export interface LabelCount extends Count {
  readonly name: string;
  readonly value: string;
}

interface Answer {
  readonly modelTemplateFacets: Facets;
}

/** The numbers of templates for the list's filters. They are asked for once the list is there. */
export function useFacets(address: Address) {
  const variables = listVariables(address);
  const isListed = useIsThere(pagesKey(listTemplates, variables));
  const { data, isError, isPlaceholderData } = useOperation<Answer>(
    countFacets,
    { filter: variables.filter ?? null },
    { isEnabled: isListed },
  );
  const facets = data?.modelTemplateFacets;
  return {
    /** The number of a value of a field of the filter; null if it is not known. */
    countOf: (field: string, value: string): Count | null => {
      const facet = facets?.fields.find((one) => one.field === field);
      const found = facet?.values.find((one) => one.value === value);
      return facet && found ? { count: found.count, isLeast: !facet.isComplete } : null;
    },
    labels: (facets?.labels.values ?? []).map((label): LabelCount => {
      return { ...label, isLeast: !facets?.labels.isComplete };
    }),
    isError,
    isOutdated: isPlaceholderData,
  };
}

/**
 * Whether a query has had its data. Known after the first rendering: a store that changes while
 * React renders would have it begin anew, without the data that was asked for early.
 */
function useIsThere(queryKey: readonly unknown[]): boolean {
  const cache = useQueryClient().getQueryCache();
  const hash = hashKey(queryKey);
  const [there, setThere] = useState("");
  useEffect(() => {
    let unsubscribe = () => {};
    const look = () => {
      if (cache.get(hash)?.state.status !== "success") return;
      unsubscribe();
      startTransition(() => setThere(hash)); // The cards are painted before.
    };
    unsubscribe = cache.subscribe(look);
    look();
    return unsubscribe;
  }, [cache, hash]);
  return there === hash;
}
