/** An operation in the forms that people paste elsewhere. The key is never a part of them. */

import { json, python, type Value } from "../api/json";

type Variables = { readonly [name: string]: Value };

/** One shell command. Nothing is special to the shell in a here-document with a quoted end. */
export function curl(endpoint: string, operation: string, variables: Variables): string {
  const query = operation.trim().replace(/\s+/g, " ");
  return `curl -s ${endpoint} -H "x-api-key: $KEY" -H 'content-type: application/json' -d @- <<'JSON'
${json({ query, variables })}
JSON
`;
}

/** A program that needs the standard library alone. */
export function script(endpoint: string, operation: string, variables: Variables): string {
  return `import json
import os
import urllib.request

query = """
${operation.trim()}
"""
variables = ${python(variables)}

request = urllib.request.Request(
    "${endpoint}",
    json.dumps({"query": query, "variables": variables}).encode(),
    {"content-type": "application/json", "x-api-key": os.environ["KEY"]},
)
with urllib.request.urlopen(request) as response:
    print(json.dumps(json.load(response), indent=2))
`;
}
