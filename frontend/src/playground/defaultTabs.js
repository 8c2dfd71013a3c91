// What the tabs begin with. Each is a .graphql file and a .json file with its variables.

import create from "./operations/create.graphql";
import createVariables from "./operations/create.json";
import launch from "./operations/launch-plan.graphql";
import launchVariables from "./operations/launch-plan.json";
import list from "./operations/list.graphql";
import listVariables from "./operations/list.json";

export const operations = [
  [list, listVariables],
  [create, createVariables],
  [launch, launchVariables],
].map(([query, variables]) => ({ query, variables: JSON.stringify(variables, null, 2) }));
