// The licences of the packages in a bundle.

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

const PACKAGE = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

// One text with the name, version and licence of each package. `inputs` are the bundled files.
export async function licenses(inputs) {
  const folders = [...new Set(inputs.map((file) => PACKAGE.exec(file)?.[1]).filter(Boolean))];
  const texts = new Map(await Promise.all(folders.map(license)));
  return [...texts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => `${name}\n\n${text.trim()}\n`)
    .join(`\n${"-".repeat(80)}\n\n`);
}

async function license(folder) {
  const { name, version, license } = JSON.parse(
    await readFile(join(folder, "package.json"), "utf8"),
  );
  const file = (await readdir(folder)).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  const text = file ? await readFile(join(folder, file), "utf8") : `Licensed under ${license}.`;
  return [`${name} ${version}`, text];
}
