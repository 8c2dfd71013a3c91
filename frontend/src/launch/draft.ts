/**
 * What is typed into the launch form, and the operation's variables that it stands for. The server
 * validates; there are no rules here.
 */

import { autoscaling } from "contract:catalog";
import { parseNumber, SecretPlaceholder, type Value, type Variables } from "../api/json";
import type { Parameter, Template, UserError } from "../api/types";

/** The argument that has the values of parameters, in paths of errors too. */
export const PARAMETERS = "modelCreationParameters";

/** A map, because every object has members such as `constructor`, which may name a parameter. */
export type TextByName = ReadonlyMap<string, string>;

export interface LaunchDraft {
  readonly name: string;
  /**
   * By parameter; a parameter that is absent is not sent. If the parameter has an enum, the text is
   * the position in it.
   */
  readonly parameters: TextByName;
  readonly autoscaling: TextByName;
  readonly labels: readonly { readonly name: string; readonly value: string }[];
}

export function initialDraft({ name, labels }: Template): LaunchDraft {
  return {
    name,
    parameters: new Map(),
    autoscaling: new Map(),
    labels: Object.entries(labels).map(([name, value]) => ({ name, value })),
  };
}

export function parametersOf(template: Template): readonly Parameter[] {
  return template.modelCreationParametersSchema?.parameters ?? [];
}

/** The variables of the operation LaunchPlan, as they are sent. */
export function planVariables(template: Template, draft: LaunchDraft): Variables {
  return variablesWith(template, draft, parameterValue);
}

/** The same variables as they are shown and copied: without secrets. */
export function shownVariables(template: Template, draft: LaunchDraft): Variables {
  return variablesWith(template, draft, (parameter, text) =>
    parameter.secret ? placeholderOf(parameter) : parameterValue(parameter, text),
  );
}

/** The placeholders of a template's secrets, by the names of their parameters. */
export function placeholdersOf(template: Template): ReadonlyMap<string, SecretPlaceholder> {
  const secrets = parametersOf(template).filter(({ secret }) => secret);
  return new Map(secrets.map((parameter) => [parameter.name, placeholderOf(parameter)]));
}

function placeholderOf({ name, type }: Parameter): SecretPlaceholder {
  return new SecretPlaceholder(name, type === "STR");
}

function variablesWith(
  template: Template,
  draft: LaunchDraft,
  valueOf: (parameter: Parameter, text: string) => Value,
): Variables {
  return {
    id: template.id,
    name: draft.name,
    [PARAMETERS]: Object.fromEntries(
      parametersOf(template).flatMap((parameter) =>
        entry(parameter.name, draft.parameters.get(parameter.name), (text) =>
          valueOf(parameter, text),
        ),
      ),
    ),
    autoscaling: Object.fromEntries(
      autoscaling.flatMap((name) => entry(name, wholeNumber(draft, name), parseNumber)),
    ),
    labels: Object.fromEntries(draft.labels.map(({ name, value }) => [name, value])),
  };
}

const WHOLE_NUMBER = /^\s*-?\d+\s*$/;

/** A number that can be sent; the page itself reports others. */
function wholeNumber(draft: LaunchDraft, name: string): string | undefined {
  const text = draft.autoscaling.get(name);
  return text !== undefined && WHOLE_NUMBER.test(text) ? text : undefined;
}

/** Errors that keep values from being sent at all. */
export function localErrors(draft: LaunchDraft): readonly UserError[] {
  return [...draft.autoscaling]
    .filter(([, text]) => !WHOLE_NUMBER.test(text))
    .map(([name]) => ({
      message: `${name} must be a whole number.`,
      path: ["autoscaling", name],
    }));
}

function entry(
  name: string,
  text: string | undefined,
  parse: (text: string) => Value,
): [string, Value][] {
  return text === undefined ? [] : [[name, parse(text)]];
}

/** A value of the parameter's type, or the text itself for the server to reject. */
function parameterValue(parameter: Parameter, text: string): Value {
  if (parameter.enum) return parameter.enum[Number(text)] ?? text;
  switch (parameter.type) {
    case "INT":
    case "FLOAT":
      return parseNumber(text);
    case "BOOL":
      return text === "true";
    case "STR":
      return text;
  }
}

/** A copy with one text set, or removed if it is undefined. */
export function withText(texts: TextByName, name: string, text: string | undefined): TextByName {
  const copy = new Map(texts);
  if (text === undefined) copy.delete(name);
  else copy.set(name, text);
  return copy;
}
