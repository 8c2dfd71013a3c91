// Sends an operation to the server of this page.

import { printable } from "./introspection.js";
import { nameIn } from "./operation-name.js";

// What GraphiQL calls. `apiKey` goes with requests whose headers name no other: the schema is asked
// for before there is an editor of headers.
export function fetcherWith(apiKey) {
  return async ({ query, operationName, variables }, { headers } = {}) => {
    const sent = new Headers({ "content-type": "application/json", ...headers });
    if (apiKey && !sent.get("x-api-key")) {
      sent.set("x-api-key", apiKey);
    }
    const name = nameIn(query, operationName);
    const body = JSON.stringify({ query, operationName: name, variables });
    const response = await fetch("/graphql", { method: "POST", headers: sent, body });
    const answer = await response.json();
    const schema = answer.data?.__schema;
    return schema?.types ? { ...answer, data: { ...answer.data, __schema: printable(schema) } } : answer;
  };
}
