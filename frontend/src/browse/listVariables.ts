import { orders } from "contract:catalog";
import type { Value, Variables } from "../api/json";
import { labelEntries, type Address } from "./address";

/** The variables `filter` and `orderBy` of the list that an address shows. */
export function listVariables({
  search,
  facets,
  archived,
  order,
  labels,
  account,
}: Address): Variables {
  const filter: Record<string, Value> = {
    ...Object.fromEntries(Object.entries(facets).filter(([, members]) => members.length > 0)),
    archived: archived === "null" ? null : archived === "true",
  };
  if (search.trim()) filter.search = search;
  if (labels.length > 0) filter.labels = Object.fromEntries(labelEntries(labels));
  if (account) filter.accountId = account;
  const parts = order.split(".");
  return {
    filter,
    orderBy: Object.fromEntries(orders.map(({ name }, n) => [name, parts[n]])),
  };
}
