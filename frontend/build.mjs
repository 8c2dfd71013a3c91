// Builds the scripts and styles of the pages:  node build.mjs DIRECTORY
//
// DIRECTORY gets the files, gzipped, with the hash of their content in their names; manifest.json,
// which lists the files of each page; and LICENSES.txt with the licences of what is bundled.

import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { argv } from "node:process";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { contract } from "./contract.mjs";
import { licenses } from "./licenses.mjs";

const PAGES = {
  playground: "src/playground.tsx",
  catalog: "src/catalog.tsx",
};
const WORKERS = {
  editor: "monaco-editor/esm/vs/editor/editor.worker.js",
  json: "monaco-editor/esm/vs/language/json/json.worker.js",
  graphql: "monaco-graphql/esm/graphql.worker.js",
};
const ADDRESS = "/assets/"; // Where app/web/pages/assets.py serves them.

const options = {
  bundle: true,
  write: false,
  metafile: true,
  format: "esm",
  splitting: true,
  minify: true,
  target: ["es2022"],
  outdir: ".",
  entryNames: "[name]-[hash]",
  chunkNames: "chunk-[hash]",
  assetNames: "[name]-[hash]",
  publicPath: ADDRESS,
  // Without this, graphql is bundled twice: once for `import` and once for `require`.
  mainFields: ["browser", "module", "main"],
  jsx: "automatic",
  loader: { ".graphql": "text", ".ttf": "file" },
  legalComments: "none",
  logLevel: "warning",
};

const workers = await build({ ...options, entryPoints: WORKERS });
const addresses = Object.fromEntries(
  outputsOf(workers).map(([name, output]) => [output.entry, ADDRESS + basename(name)]),
);
const pages = await build({
  ...options,
  plugins: [contract("../schema.graphql")],
  entryPoints: PAGES,
  define: {
    "process.env.NODE_ENV": '"production"',
    WORKERS: JSON.stringify(
      Object.fromEntries(Object.keys(WORKERS).map((name) => [name, addresses[name]])),
    ),
  },
});

const directory = argv[2];
await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
for (const { path, contents } of [...workers.outputFiles, ...pages.outputFiles]) {
  await writeFile(join(directory, `${basename(path)}.gz`), gzipSync(contents, { level: 9 }));
}
const manifest = Object.fromEntries(
  outputsOf(pages).map(([name, output]) => [
    output.entry,
    {
      script: basename(name),
      chunks: output.imports
        .filter(({ kind }) => kind === "import-statement")
        .map(({ path }) => basename(path)),
      styles: output.cssBundle ? [basename(output.cssBundle)] : [],
    },
  ]),
);
await writeFile(join(directory, "manifest.json"), JSON.stringify(manifest, null, 2));
const inputs = [workers, pages].flatMap(({ metafile }) => Object.keys(metafile.inputs));
await writeFile(join(directory, "LICENSES.txt"), await licenses(inputs));

// The scripts of the entry points, each with the name of its entry point.
function outputsOf({ metafile }) {
  return Object.entries(metafile.outputs)
    .filter(([name, { entryPoint }]) => entryPoint && name.endsWith(".js"))
    .map(([name, output]) => [
      name,
      { ...output, entry: basename(name).replace(/-[A-Z0-9]{8}\.js$/, "") },
    ])
    .filter(([, { entry }]) => entry in PAGES || entry in WORKERS);
}
