/**
 * The libraries keep the browser busy for a while. What the address shows is asked for before, which
 * takes the key: it is asked for by catalogStart.ts, and arrives about when the libraries do.
 */
await globalThis.catalogEarly?.key.catch(() => undefined);

export {};
