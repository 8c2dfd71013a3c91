// Builds the scripts and styles of the pages:  node build.mjs DIRECTORY
//
// DIRECTORY gets the files, gzipped, with the hash of their content in their names; manifest.json,
// which lists the files of each page, and has what is shown until they are loaded; and LICENSES.txt
// with the licences of what is bundled.

import { mkdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { argv } from "node:process";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { contract } from "./contract.mjs";
import { licenses } from "./licenses.mjs";
import { directImports, reactOnce, together } from "./splitting.mjs";

// Each is built for itself: what two of them share would be in many small files.
const PAGES = {
  playground: "src/playground.tsx",
  catalog: "src/catalog.tsx",
};
// The part that most of what a page loads later depends on, and what does not.
const PARTS = {
  catalog: {
    first: "src/template/TemplatePage",
    without: ["src/api/KeyForm", "src/ui/Notifications"],
  },
};
// Has Chromium compile all of a script while it arrives, and beside the page's main thread, instead
// of each function when it is called first. The playground's scripts are too large for that.
const COMPILE_EARLY = "//# allFunctionsCalledOnLoad";
const START = { "catalog-start": "src/catalogStart.ts" };
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
const define = {
  "process.env.NODE_ENV": '"production"',
  WORKERS: JSON.stringify(
    Object.fromEntries(Object.keys(WORKERS).map((name) => [name, addresses[name]])),
  ),
};
const plugins = [contract("../schema.graphql"), directImports, reactOnce];
const pages = await Promise.all(
  Object.entries(PAGES).map(([name, file]) =>
    build({
      ...options,
      plugins: [...plugins, together(file, PARTS[name])],
      define,
      entryPoints: { [name]: file },
      ...(name === "catalog" && { banner: { js: COMPILE_EARLY } }),
    }),
  ),
);
const single = { ...options, splitting: false, plugins, define };
const start = await build({ ...single, format: "iife", entryPoints: START });
const shell = await build({ ...single, entryPoints: ["src/shell.tsx"] });
const script = Buffer.from(shell.outputFiles[0].contents).toString("base64");
const { html } = await import(`data:text/javascript;base64,${script}`);

const directory = argv[2];
await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
const outputs = [workers, ...pages, start];
for (const { path, contents } of outputs.flatMap(({ outputFiles }) => outputFiles)) {
  await writeFile(join(directory, `${basename(path)}.gz`), gzipSync(contents, { level: 9 }));
}
const manifest = Object.fromEntries(
  [...pages, start].flatMap(({ metafile }) =>
    outputsOf({ metafile }).map(([name, output]) => [
      output.entry,
      {
        script: basename(name),
        chunks: loadedWith(metafile, output),
        styles: output.cssBundle ? [basename(output.cssBundle)] : [],
        ...(output.entry in PARTS && { firstPart: firstPartOf(metafile, output) }),
        ...(output.entry === "catalog" && { shell: html }),
      },
    ]),
  ),
);
await writeFile(join(directory, "manifest.json"), JSON.stringify(manifest, null, 2));
const inputs = outputs.flatMap(({ metafile }) => Object.keys(metafile.inputs));
await writeFile(join(directory, "LICENSES.txt"), await licenses(inputs));

// The scripts of the entry points, each with the name of its entry point.
function outputsOf({ metafile }) {
  return Object.entries(metafile.outputs)
    .filter(([name, { entryPoint }]) => entryPoint && name.endsWith(".js"))
    .map(([name, output]) => [
      name,
      { ...output, entry: basename(name).replace(/-[A-Z0-9]{8}\.js$/, "") },
    ])
    .filter(([, { entry }]) => entry in PAGES || entry in WORKERS || entry in START);
}

// The files that a script imports, and those that they import.
function loadedWith({ outputs }, script, found = new Set()) {
  for (const { kind, path } of script.imports) {
    if (kind !== "import-statement" || found.has(basename(path))) continue;
    found.add(basename(path));
    loadedWith({ outputs }, outputs[path.replace(ADDRESS, "")], found);
  }
  return [...found];
}

// The files of the part that most others depend on, without those of the beginning.
function firstPartOf(metafile, { entry, ...page }) {
  const isFirst = ({ entryPoint = "" }) =>
    entryPoint.replaceAll("\\", "/").endsWith(PARTS[entry].first);
  const [name, part] = Object.entries(metafile.outputs).find(
    ([file, output]) => file.endsWith(".js") && isFirst(output),
  );
  const beginning = loadedWith(metafile, page);
  return [...loadedWith(metafile, part), basename(name)].filter((it) => !beginning.includes(it));
}
