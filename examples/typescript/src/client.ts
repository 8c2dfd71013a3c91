// Sends a typed operation and returns its typed data; retries when the server asks for it.
import type { TypedDocumentString } from "./generated/graphql.js";

const url = process.env["MODEL_TEMPLATES_URL"] ?? "http://127.0.0.1:8000/graphql";
const key = process.env["KEY"];

type Answer<Data> = {
  data?: Data | null;
  errors?: { message: string; extensions?: { code?: string; retryable?: boolean } }[];
};

// Use only operations that are safe to retry: queries, and mutations with a requestId or an
// expectedRevision.
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
  const error = errors?.[0];
  if (data && !error) return data;
  const retryable = response.status === 429 || error?.extensions?.retryable === true;
  if (!retryable || attempts <= 1) throw new Error(error?.message ?? `HTTP ${response.status}`);
  // Wait as long as the server says, or else twice as long as before.
  const seconds = Number(response.headers.get("retry-after") ?? 0.2 * 2 ** (6 - attempts));
  await new Promise((resume) => setTimeout(resume, seconds * 1000));
  return ask(document, variables, attempts - 1);
}
