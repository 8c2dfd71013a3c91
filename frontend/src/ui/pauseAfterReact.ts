/** Lets the browser paint and take input between the evaluation of large libraries. */
await new Promise((resolve) => setTimeout(resolve));

export {};
