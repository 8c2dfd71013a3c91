import "../api/earlyAnswers";

/**
 * The libraries keep the browser busy for a while. What the page shows is asked for before, with a
 * key that arrives about when they do.
 */
await globalThis.catalogEarly?.key.catch(() => undefined);

export {};
