/** Code that runs a GraphQL operation. It reads the API key from the environment variable KEY. */

import {
  hasSecret,
  isRecord,
  SecretPlaceholder,
  toHeredoc,
  toJson,
  toPython,
  toTypeScript,
  type Value,
  type Variables,
} from "../api/json";

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

/** A shell command that launches the template, in the Launch that LAUNCH_URL names. */
export function launchSnippet(endpoint: string, variables: Variables): string {
  const { id, name, modelCreationParameters, autoscaling, labels } = variables;
  const parameters = members(modelCreationParameters).map(([parameter, value]) =>
    value instanceof SecretPlaceholder
      ? `--set-env ${quoteForShell(`${parameter}=${value.variable}`)}`
      : `--set ${quoteForShell(`${parameter}=${asText(value)}`)}`,
  );
  const workers = members(autoscaling).map(
    ([option, value]) => `--${kebab(option)} ${asText(value)}`,
  );
  const given = members(labels).map(
    ([label, value]) => `--label ${quoteForShell(`${label}=${asText(value)}`)}`,
  );
  const server = quoteForShell(endpoint.replace(/\/graphql$/, ""));
  const words = [
    `MODEL_TEMPLATES_API_KEY="$KEY" model-templates launch ${quoteForShell(String(id))}`,
    `--server ${server} --name ${quoteForShell(String(name))}`,
    ...parameters,
    ...workers,
    ...given,
  ];
  return `${words.join(" \\\n  ")}\n`;
}

function members(value: Value | undefined): [string, Value][] {
  return isRecord(value) ? (Object.entries(value) as [string, Value][]) : [];
}

function asText(value: Value): string {
  return typeof value === "string" ? value : toJson(value);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
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
