/** Templates in a text: YAML, JSON, or a JSON text a line. */

import { isMap, isSeq, LineCounter, parseAllDocuments, type Document, type Node } from "yaml";
import { parseJson } from "../api/json";
import { fromWire, pathInText, type WireReading } from "./wire";

export interface Entry extends WireReading {
  /** Of the text, from 1 on: where the template begins. */
  readonly line: number;
  readonly name: string;
  /** The line of what an error of the API is about. */
  readonly lineOf: (path: readonly string[]) => number;
}

export interface ParsedText {
  readonly entries: readonly Entry[];
  /** What keeps the text from being read. */
  readonly errors: readonly { readonly line: number; readonly message: string }[];
}

/** Aliases beyond this many are an attack, not a template. */
const MAX_ALIASES = 100;

export function parseText(text: string): ParsedText {
  if (text.trim() === "") return { entries: [], errors: [] };
  const lines = jsonLines(text);
  if (lines) return { entries: lines, errors: [] };
  const counter = new LineCounter();
  const documents = parseAllDocuments(text, {
    lineCounter: counter,
    prettyErrors: false,
    intAsBigInt: true,
  });
  const list = Array.isArray(documents) ? (documents as Document[]) : [];
  const errors = list.flatMap(({ errors }) =>
    errors.map(({ message, pos }) => ({ line: counter.linePos(pos[0]).line, message })),
  );
  if (errors.length > 0) return { entries: [], errors };
  try {
    return { entries: list.flatMap((document) => entriesOf(document, counter)), errors: [] };
  } catch (error) {
    return { entries: [], errors: [{ line: 1, message: String((error as Error).message) }] };
  }
}

function entriesOf(document: Document, counter: LineCounter): readonly Entry[] {
  const root = document.contents as Node | null;
  if (root === null) return [];
  const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
  const lineAt = (path: readonly string[]): number => {
    for (let length = path.length; length >= 0; length--) {
      const node = nodeAt(document, path.slice(0, length));
      if (node?.range) return counter.linePos(node.range[0]).line;
    }
    return 1;
  };
  const [list, base] = listIn(value);
  return list.map((raw, n) => {
    const at = base === null ? [] : [...base, String(n)];
    return entry(raw, lineAt(at), (path) => lineAt([...at, ...path]));
  });
}

/** A list itself, the `items` of one of SGP's answers, or a single template; and where it is. */
function listIn(value: unknown): [readonly unknown[], readonly string[] | null] {
  if (Array.isArray(value)) return [value, []];
  const items = (value as { readonly items?: unknown } | null)?.items;
  return Array.isArray(items) ? [items, ["items"]] : [[value], null];
}

function nodeAt(document: Document, path: readonly string[]): Node | undefined {
  let node = document.contents as Node | null | undefined;
  for (const step of path) {
    if (isSeq(node)) node = node.items[Number(step)] as Node | undefined;
    else if (isMap(node)) {
      const pair = node.items.find(({ key }) => String(key) === step);
      // The line of the name, which is what people look for.
      if (step === path.at(-1)) return pair?.key as Node | undefined;
      node = pair?.value as Node | undefined;
    } else return undefined;
  }
  return node ?? undefined;
}

/** The entries of a text each of whose lines is an object in JSON; null if it is no such text. */
function jsonLines(text: string): readonly Entry[] | null {
  const lines = text.split("\n").map((line, n) => ({ text: line.trim(), line: n + 1 }));
  const filled = lines.filter(({ text }) => text !== "");
  if (
    filled.length < 2 ||
    !filled.every(({ text }) => text.startsWith("{") && text.endsWith("}"))
  ) {
    return null;
  }
  try {
    return filled.map(({ text, line }) => entry(parseJson(text), line, () => line));
  } catch {
    return null;
  }
}

function entry(raw: unknown, line: number, lineOf: Entry["lineOf"]): Entry {
  const { input, errors } = fromWire(raw);
  return {
    input,
    errors,
    line,
    name: typeof input["name"] === "string" ? input["name"] : "",
    lineOf: (path) => lineOf(pathInText(raw, path)),
  };
}
