/** Code that runs a GraphQL operation. It reads the API key from the environment variable KEY. */

import { hasSecret, toHeredoc, toJson, toPython, toTypeScript, type Variables } from "../api/json";

/** A word that a POSIX shell passes on as it is: one of these characters, or in single quotes. */
function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}

/**
 * A shell command. The delimiter is quoted so that the shell leaves the body as it is, unless the
 * shell has to insert secrets.
 */
export function curlSnippet(endpoint: string, operation: string, variables: Variables): string {
  const body = { query: operation.trim().replace(/\s+/g, " "), variables };
  const [delimiter, text] = hasSecret(body) ? ["JSON", toHeredoc(body)] : ["'JSON'", toJson(body)];
  return `curl -s ${quoteForShell(endpoint)} -H "x-api-key: $KEY" -H 'content-type: application/json' -d @- <<${delimiter}
${text}
JSON
`;
}

/** A Python program that uses the standard library only. */
export function pythonSnippet(endpoint: string, operation: string, variables: Variables): string {
  return `import json
import os
import urllib.request

query = """
${operation.trim()}
"""
variables = ${toPython(variables)}

request = urllib.request.Request(
    ${toPython(endpoint)},
    json.dumps({"query": query, "variables": variables}).encode(),
    {"content-type": "application/json", "x-api-key": os.environ["KEY"]},
)
with urllib.request.urlopen(request) as response:
    print(json.dumps(json.load(response), indent=2))
`;
}

/** A TypeScript module for Node.js or any other runtime with `process.env` and `fetch`. */
export function typeScriptSnippet(
  endpoint: string,
  operation: string,
  variables: Variables,
): string {
  const query = operation.trim().replace(/[\\`]|\$(?=\{)/g, "\\$&");
  return `const query = \`
${query}
\`;
const variables = ${toTypeScript(variables)};

const response = await fetch(${toJson(endpoint)}, {
  method: "POST",
  headers: { "content-type": "application/json", "x-api-key": process.env["KEY"] ?? "" },
  body: JSON.stringify({ query, variables }),
});
console.log(JSON.stringify(await response.json(), null, 2));
`;
}
