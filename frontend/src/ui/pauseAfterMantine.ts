/** As pauseAfterReact.ts: a module of its own, because each is evaluated once. */
await new Promise((resolve) => setTimeout(resolve));

export {};
