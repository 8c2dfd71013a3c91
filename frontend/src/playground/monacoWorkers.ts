/** Tells Monaco to load its workers from this server: the page's policy allows no other source. */

/** Addresses of the workers by their label. Defined by build.mjs. */
declare const WORKERS: Readonly<Record<string, string>> & { readonly editor: string };

const addresses = WORKERS; // Named once, because the build replaces every mention by the whole map.

window.MonacoEnvironment = {
  getWorker: (_, label) => new Worker(addresses[label] ?? addresses.editor, { type: "module" }),
};
