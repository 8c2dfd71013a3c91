// The name of the operation that a document is to be run for.

import { Kind, parse } from "graphql";

// Right after a change of tabs GraphiQL still names the operation of the tab before: a name that
// the document does not have is left out.
export function nameIn(query, operationName) {
  try {
    const names = parse(query)
      .definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION)
      .map(({ name }) => name?.value);
    return names.includes(operationName) ? operationName : undefined;
  } catch {
    return operationName; // Not GraphQL: the server says why.
  }
}
