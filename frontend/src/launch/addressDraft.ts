/**
 * What is typed into the launch form, in the page's address: it can be sent to somebody, and outlasts
 * a reload. Secrets are left out.
 */

import { autoscaling } from "contract:catalog";
import type { Template } from "../api/types";
import { initialDraft, parametersOf, type LaunchDraft } from "./draft";

const PARAMETER = "p.";
const SCALING = "scale.";
const LABEL = "l.";
const NAME = "name";

/** The draft that an address holds; parts that it lacks are as in a new one. */
export function draftFromAddress(template: Template, query: string): LaunchDraft {
  const given = new URLSearchParams(query);
  const initial = initialDraft(template);
  const names = (prefix: string) =>
    [...new Set(given.keys())]
      .filter((key) => key.startsWith(prefix))
      .map((key) => key.slice(prefix.length));
  const known = parametersOf(template).filter(({ secret }) => !secret);
  const texts = (prefix: string, allowed: readonly string[]) =>
    new Map(
      allowed
        .filter((name) => given.has(prefix + name))
        .map((name) => [name, given.get(prefix + name) ?? ""]),
    );
  const labels = names(LABEL).map((name) => ({ name, value: given.get(LABEL + name) ?? "" }));
  return {
    name: given.get(NAME) ?? initial.name,
    parameters: texts(
      PARAMETER,
      known.map(({ name }) => name),
    ),
    autoscaling: texts(SCALING, autoscaling),
    labels: labels.length > 0 ? labels : initial.labels,
  };
}

/** The query of the address with the draft in it. */
export function queryWithDraft(template: Template, draft: LaunchDraft, query: string): string {
  const initial = initialDraft(template);
  const result = new URLSearchParams(query);
  for (const key of [...result.keys()]) {
    if (key === NAME || [PARAMETER, SCALING, LABEL].some((prefix) => key.startsWith(prefix))) {
      result.delete(key);
    }
  }
  if (draft.name !== initial.name) result.set(NAME, draft.name);
  for (const { name, secret } of parametersOf(template)) {
    const text = draft.parameters.get(name);
    if (text !== undefined && !secret) result.set(PARAMETER + name, text);
  }
  for (const [name, text] of draft.autoscaling) result.set(SCALING + name, text);
  if (JSON.stringify(draft.labels) !== JSON.stringify(initial.labels)) {
    for (const { name, value } of draft.labels) result.set(LABEL + name, value);
  }
  return `?${result.toString()}`;
}
