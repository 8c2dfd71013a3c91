/** Plugins for esbuild, which make the first load of a page small, and of few files. */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

const BARREL_IMPORT = /^import \{([^}]*)\} from "(@mantine\/\w+)";$/gm;
const CONTRACT_IMPORT = /^import \{([^}]*)\} from "contract:catalog";$/gm;
const NAMED_IMPORT = /^import \{([^}]*)\} from "(.*)";$/gm;

/**
 * Imports Mantine's components, and the parts of the contract, from their own modules. What is
 * imported from an index is put into one file with all that any part of a page imports from there.
 */
export const directImports = {
  name: "direct-imports",
  setup(build) {
    const indexes = new Map();
    const filter = /(src[\\/].*\.tsx?|@mantine[\\/]\w+[\\/]esm[\\/].*\.mjs)$/;
    build.onLoad({ filter }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      for (const [, , name] of text.matchAll(BARREL_IMPORT)) {
        if (!indexes.has(name)) indexes.set(name, await filesOf(name));
      }
      const contents = text
        .replace(BARREL_IMPORT, (_, names, barrel) =>
          imports(names, (name) => indexes.get(barrel).get(name) ?? [barrel, name]),
        )
        .replace(CONTRACT_IMPORT, (_, names) =>
          imports(names, (name) => [`contract:${name}`, "default"]),
        );
      return { contents, loader: path.endsWith(".mjs") ? "js" : path.endsWith("x") ? "tsx" : "ts" };
    });
  },
};

/** The file of each name that a package's index exports, and its name there. */
async function filesOf(barrel) {
  const index = resolve("node_modules", barrel, "esm", "index.mjs");
  const text = await readFile(index, "utf8");
  return new Map(
    [...text.matchAll(NAMED_IMPORT)].flatMap(([, names, from]) => {
      const file = from.startsWith(".") ? join(dirname(index), from) : from;
      return specifiers(names).map(([name, as]) => [as, [file, name]]);
    }),
  );
}

/** An import of each name from the module, and by the name, that are returned for it. */
function imports(names, find) {
  return specifiers(names)
    .filter(([name]) => !name.startsWith("type "))
    .map(([name, as]) => {
      const [file, original] = find(name);
      return `import { ${original} as ${as} } from ${JSON.stringify(file)};`;
    })
    .join(" ");
}

function specifiers(names) {
  return names
    .split(",")
    .map((each) => each.trim())
    .filter(Boolean)
    .map((each) => {
      const [name, as = name] = each.split(" as ");
      return [name, as];
    });
}

/**
 * Has what a page imports later depend on all that the page begins with, and, if a part of it is
 * given that is the first of most, on that part as well, but for those that are needed without it.
 * esbuild makes a file of the modules that the same parts of a page need; so, those of the beginning
 * are one file, and those of the first part another.
 */
export function together(beginning, { first, without = [] } = {}) {
  const namespace = "later";
  const alone = [first, ...without].filter(Boolean).map((path) => resolve(path));
  return {
    name: "together",
    setup(build) {
      build.onResolve(
        { filter: /^\./ },
        ({ kind, path, importer, resolveDir, namespace: from }) => {
          if (kind !== "dynamic-import" || from === namespace) return undefined;
          return importer.includes("node_modules")
            ? undefined
            : { path: resolve(resolveDir, path), namespace };
        },
      );
      build.onLoad({ filter: /.*/, namespace }, async ({ path }) => {
        const text = await readFile(`${path}.tsx`, "utf8").catch(() =>
          readFile(`${path}.ts`, "utf8"),
        );
        const needed =
          first === undefined || alone.includes(path) ? [beginning] : [beginning, first];
        const module = JSON.stringify(path);
        const lines = [
          ...needed.map((each) => `import ${JSON.stringify(resolve(each))};`),
          `export * from ${module};`,
        ];
        if (/^export default/m.test(text)) lines.push(`export { default } from ${module};`);
        return { contents: lines.join("\n"), loader: "js", resolveDir: dirname(path) };
      });
    },
  };
}

/**
 * Wraps React's CommonJS modules in one ECMAScript module each. Otherwise, each of the modules that
 * import them makes a copy of all that they export when the page starts.
 */
export const reactOnce = {
  name: "react-once",
  setup(build) {
    const namespace = "react-once";
    const require = createRequire(import.meta.url);
    build.onResolve({ filter: /^react(\/jsx-runtime)?$/ }, ({ kind, path }) =>
      kind === "import-statement" ? { path, namespace } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => {
      const names = Object.keys(require(path)).join(", ");
      const file = JSON.stringify(require.resolve(path));
      const contents = `import all from ${file}; export default all; export const { ${names} } = all;`;
      return { contents, resolveDir: dirname(require.resolve(path)) };
    });
  },
};
