// What both clients do with persisted queries: a query with variables, one with an error, and a
// mutation. They print the answers, and what they sent: the method, and whether a hash was alone.
import { createHash } from "node:crypto";

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

export const tooMany = { first: 1000 };

export const sent: string[] = [];

export const noting: typeof fetch = async (address, options) => {
  const target = new URL(String(address));
  const body = options?.body ? JSON.parse(String(options.body)) : {};
  const query = body.query ?? target.searchParams.get("query");
  const extensions = body.extensions ?? JSON.parse(target.searchParams.get("extensions") ?? "{}");
  const hash = extensions.persistedQuery ? "hash" : "";
  sent.push([options?.method ?? "GET", hash, query ? "query" : ""].filter(Boolean).join(" "));
  return fetch(address, options);
};
