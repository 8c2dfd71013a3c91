/** Templates as a file that the browser saves. */

import { stringify } from "yaml";
import type { Fields } from "../api/types";
import { toWire } from "./wire";

export type Format = "yaml" | "json";

export function save(templates: readonly Fields[], name: string, format: Format): void {
  const wires = templates.map(toWire);
  const text =
    format === "yaml"
      ? wires.map((wire) => stringify(wire, { lineWidth: 0 })).join("---\n")
      : `${JSON.stringify(wires.length === 1 ? wires[0] : wires, null, 2)}\n`;
  const type = format === "yaml" ? "application/yaml" : "application/json";
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `${name.replace(/[^\w.-]+/g, "-")}.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
