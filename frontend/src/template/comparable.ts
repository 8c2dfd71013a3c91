import { revision as revisionFields } from "contract:catalog";
import type { TemplateSpec } from "../api/types";

/**
 * The fields that templates and revisions share. JSON Schemas are left out, because they repeat
 * what the parameters say.
 */
export function comparable(spec: TemplateSpec): unknown {
  const names = revisionFields.map(({ name }) => name).filter((name) => name !== "revision");
  const shared = Object.fromEntries(names.map((name) => [name, spec[name]]));
  const text = JSON.stringify(shared, (name, value: unknown) =>
    name === "jsonSchema" ? undefined : value,
  );
  return JSON.parse(text);
}
