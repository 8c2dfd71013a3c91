// Where Monaco's workers are: files of our own, for the page's policy admits no others.

const addresses = WORKERS; // build.mjs puts them here.

globalThis.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(addresses[label] ?? addresses.editor, { type: "module" }),
};
