/** Browser storage for GraphiQL that leaves out headers, because they may hold an API key. */

import type { GraphiQLProps } from "graphiql";

const HISTORY_ITEMS = ["graphiql:queries", "graphiql:favorites"];

export const storage: NonNullable<GraphiQLProps["storage"]> = {
  get length() {
    return localStorage.length;
  },
  getItem: (name) => localStorage.getItem(name),
  setItem: (name, text) =>
    localStorage.setItem(name, HISTORY_ITEMS.includes(name) ? withoutHeaders(text) : text),
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
};

function withoutHeaders(text: string): string {
  return JSON.stringify(JSON.parse(text), (name, value: unknown) =>
    name === "headers" ? undefined : value,
  );
}
