/** The tabs of a first visit. Each is a .graphql file and a .json file with its variables. */

import create from "./operations/create.graphql";
import createVariables from "./operations/create.json";
import facets from "./operations/facets.graphql";
import facetsVariables from "./operations/facets.json";
import launchPlan from "./operations/launch-plan.graphql";
import launchPlanVariables from "./operations/launch-plan.json";
import list from "./operations/list.graphql";
import listVariables from "./operations/list.json";

export interface Tab {
  readonly query: string;
  readonly variables: string;
}

export const firstTab = tab(list, listVariables);

export const defaultTabs: readonly Tab[] = [
  firstTab,
  tab(create, createVariables),
  tab(launchPlan, launchPlanVariables),
  tab(facets, facetsVariables),
];

function tab(query: string, variables: object): Tab {
  return { query, variables: JSON.stringify(variables, null, 2) };
}
