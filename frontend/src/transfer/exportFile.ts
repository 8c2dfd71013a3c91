/** Templates as a file that the browser saves. */

import { stringify } from "yaml";
import { ExactNumber, toJson, type Value } from "../api/json";
import type { Fields } from "../api/types";
import { toWire } from "./wire";

export type Format = "yaml" | "json";

export function save(templates: readonly Fields[], name: string, format: Format): void {
  const wires = templates.map(toWire);
  const text =
    format === "yaml"
      ? wires.map((wire) => stringify(wire, exactly, { lineWidth: 0 })).join("---\n")
      : `${toJson((wires.length === 1 ? wires[0] : wires) as Value)}\n`;
  const type = format === "yaml" ? "application/yaml" : "application/json";
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name.replace(/[^\w.-]+/g, "-")}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Keeps the digits of integers. */
function exactly(_: unknown, value: unknown): unknown {
  return value instanceof ExactNumber ? BigInt(value.text) : value;
}
