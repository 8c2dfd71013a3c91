/** The operation of a document that is to be run. */

import { Kind, parse } from "graphql";

/**
 * `operationName` if the document has an operation of that name. Right after a change of tabs,
 * GraphiQL still sends the name from the previous tab.
 */
export function operationNameIn(
  query: string,
  operationName: string | null | undefined,
): string | null | undefined {
  if (!operationName) return undefined;
  try {
    const names = parse(query).definitions.map((definition) =>
      definition.kind === Kind.OPERATION_DEFINITION ? definition.name?.value : undefined,
    );
    return names.includes(operationName) ? operationName : undefined;
  } catch {
    return operationName; // Not valid GraphQL; the server's answer explains why.
  }
}
