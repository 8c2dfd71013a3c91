// What GraphiQL remembers: in the browser's storage, but for headers, which may hold a key.

const HISTORIES = ["graphiql:queries", "graphiql:favorites"];

export const storage = {
  get length() {
    return localStorage.length;
  },
  getItem: (name) => localStorage.getItem(name),
  setItem: (name, text) =>
    localStorage.setItem(name, HISTORIES.includes(name) ? withoutHeaders(text) : text),
  removeItem: (name) => localStorage.removeItem(name),
  clear: () => localStorage.clear(),
};

function withoutHeaders(text) {
  return JSON.stringify(JSON.parse(text), (name, value) =>
    name === "headers" ? undefined : value,
  );
}
