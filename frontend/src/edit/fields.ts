/** The fields of the form, and how it is divided. All come from the schema. */

import { createInput, patch, type InputField } from "contract:catalog";
import { isRecord, type Value } from "../api/json";
import type { Fields } from "../api/types";
import { draftOf, isAsked, kindOf, type Draft } from "./draft";

/** Not asked for in the form: the page knows them. */
const KNOWN = ["accountId", "requestId"];

export const templateFields: readonly InputField[] = createInput.filter(
  ({ name }) => !KNOWN.includes(name) && patch.includes(name),
);

/** What most templates set. Fields beside these are folded, if they need not be filled in. */
const COMMON = [
  "description",
  "labels",
  "endpointProtocol",
  "command",
  "env",
  "cpus",
  "memory",
  "storage",
  "gpus",
  "gpuType",
  "minWorkers",
  "maxWorkers",
  "perWorker",
  "default",
];

export function isAdvanced({ name, isNullable, ...field }: InputField): boolean {
  const isRequired = !isNullable && field.default === undefined;
  return !isRequired && !COMMON.includes(name);
}

const TITLES: Readonly<Record<string, string>> = {
  bundleConfig: "Container",
  endpointConfig: "Resources",
  modelCreationParametersSchema: "Parameters",
  modelRequestParametersSchema: "Request parameters",
  fineTuningJobBundleConfig: "Fine-tuning",
};

/** A part of the form with a title: the plain fields of one object. */
export interface Section {
  readonly title: string | null;
  readonly description?: string | undefined;
  readonly path: readonly string[];
  readonly fields: readonly InputField[];
  /** Whether the object may be absent. */
  readonly isOptional: boolean;
}

export const sections: readonly Section[] = sectionsOf("Basics", [], templateFields, false).sort(
  (a, b) => rank(a) - rank(b),
);

function rank({ title }: Section): number {
  const titles = ["Basics", ...Object.values(TITLES)];
  const order = [
    "Basics",
    "Container",
    "Resources",
    "Parameters",
    "Request parameters",
    "Fine-tuning",
  ];
  return title !== null && titles.includes(title) ? order.indexOf(title) : titles.length;
}

function sectionsOf(
  title: string | null,
  path: readonly string[],
  fields: readonly InputField[],
  isOptional: boolean,
  description?: string,
): Section[] {
  const isOwnSection = (field: InputField) => kindOf(field) === "object" && !isOptional;
  const plain = fields.filter((field) => isAsked(field) && !isOwnSection(field));
  const own = plain.length > 0 ? [{ title, description, path, fields: plain, isOptional }] : [];
  return [
    ...own,
    ...fields
      .filter(isOwnSection)
      .flatMap(({ name, fields: inner = [], isNullable, description: text }) =>
        sectionsOf(TITLES[name] ?? name, [...path, name], inner, isNullable, text),
      ),
  ];
}

/** The draft of a new template. */
export function emptyDraft(): Draft {
  return draftOf(templateFields, {});
}

/** The draft of a template or revision. What the server derives from other fields is left out. */
export function templateDraft(template: Fields): Draft {
  return draftOf(templateFields, given(template));
}

/** An endpoint type that equals the template's follows it when that changes. */
export function given(template: Fields): Fields {
  const vendor = template["vendorConfiguration"];
  if (!isRecord(vendor) || !isRecord(vendor["endpointConfig"])) return template;
  const { endpointType, ...endpoint } = vendor["endpointConfig"];
  if (endpointType !== template["endpointType"]) return template;
  return {
    ...template,
    vendorConfiguration: { ...vendor, endpointConfig: { ...endpoint, endpointType: null } },
  };
}

export type Input = { readonly [name: string]: Value | undefined };
