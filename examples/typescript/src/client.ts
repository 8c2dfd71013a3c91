// One function: a typed document in, its typed data out.
import type { TypedDocumentString } from "./generated/graphql.js";

const url = process.env["MODEL_TEMPLATES_URL"] ?? "http://127.0.0.1:8000/graphql";
const key = process.env["KEY"];

type Answer<Data> = {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string; retryable?: boolean } }[];
};

// Operations must be safe to repeat: a query, or a mutation with a requestId or an expectedRevision.
export async function ask<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  attempts = 6,
): Promise<Data> {
  if (!key) throw new Error("Set KEY to an API key.");
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", "x-api-key": key },
    body: JSON.stringify({ query: document.toString(), variables }),
  });
  const { data, errors } = (await response.json()) as Answer<Data>;
  const refused = errors?.[0];
  if (data && !refused) return data;
  const passing = response.status === 429 || refused?.extensions?.retryable === true;
  if (!passing || attempts <= 1) throw new Error(refused?.message ?? `HTTP ${response.status}`);
  // The server knows best how long; else each pause is twice the last.
  const seconds = Number(response.headers.get("retry-after") ?? 0.2 * 2 ** (6 - attempts));
  await new Promise((resume) => setTimeout(resume, seconds * 1000));
  return ask(document, variables, attempts - 1);
}
