/** What is typed into the form of a launch, and the variables that it makes. No rule is here. */

import { autoscaling } from "contract:catalog";
import { numeral, type Value } from "../api/json";
import type { Parameter, Template } from "../api/types";

export type Texts = Readonly<Record<string, string>>;

export interface Draft {
  readonly name: string;
  /** By parameter; absent is not given. Of a list of admitted values, the position. */
  readonly parameters: Texts;
  readonly autoscaling: Texts;
  readonly labels: readonly { readonly name: string; readonly value: string }[];
}

export function firstDraft({ name, labels }: Template): Draft {
  return {
    name,
    parameters: {},
    autoscaling: {},
    labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
  };
}

export function parametersOf(template: Template): readonly Parameter[] {
  return template.modelCreationParametersSchema?.parameters ?? [];
}

/** Of the operation LaunchPlan. */
export function variables(template: Template, draft: Draft): { readonly [name: string]: Value } {
  const workers = autoscaling.flatMap((name) => given(name, draft.autoscaling[name], numeral));
  return {
    id: template.id,
    name: draft.name,
    modelCreationParameters: Object.fromEntries(
      parametersOf(template).flatMap((parameter) =>
        given(parameter.name, draft.parameters[parameter.name], (text) => bound(parameter, text)),
      ),
    ),
    autoscaling: Object.fromEntries(workers),
    labels: Object.fromEntries(draft.labels.map(({ name, value }) => [name, value])),
  };
}

function given(
  name: string,
  text: string | undefined,
  read: (text: string) => Value,
): [string, Value][] {
  return text === undefined ? [] : [[name, read(text)]];
}

/** A value of the declared type where the text is one; else the text, which the server refuses. */
function bound(parameter: Parameter, text: string): Value {
  if (parameter.enum) return parameter.enum[Number(text)] ?? text;
  switch (parameter.type) {
    case "INT":
    case "FLOAT":
      return numeral(text);
    case "BOOL":
      return text === "true";
    case "STR":
      return text;
  }
}

/** The same texts with one more, or without it. */
export function withText(texts: Texts, name: string, text: string | undefined): Texts {
  const { [name]: _, ...others } = texts;
  return text === undefined ? others : { ...others, [name]: text };
}

/** The id of the element in which what a path names is typed. */
export function fieldId(path: readonly string[]): string {
  return `field-${path.join("-")}`;
}
