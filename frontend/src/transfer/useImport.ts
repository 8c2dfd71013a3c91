import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { Variables } from "../api/json";
import createTemplate from "../api/operations/create-template.graphql";
import updateTemplate from "../api/operations/update-template.graphql";
import { useSession } from "../api/SessionProvider";
import type { Template, UserError } from "../api/types";
import { newRequestId } from "../edit/requestId";
import { capitalize, pluralize } from "../ui/format";
import type { EntryUpdate } from "./entryUpdate";
import type { Entry } from "./parseText";

/** A template to be created, or updated if there is an `update`. */
export interface Step {
  readonly entry: Entry;
  readonly update: EntryUpdate | null;
}

export interface Outcome {
  readonly isDone: boolean;
  readonly message: string;
}

interface Payload {
  readonly modelTemplate: Template | null;
  readonly errors: readonly UserError[];
}

/** Errors of a write that is too late, because somebody else has written meanwhile. */
const TOO_LATE: Readonly<Record<string, string>> = {
  STALE: "Somebody else has changed it meanwhile, and it was not overwritten.",
  NOT_FOUND: "Somebody else has deleted it meanwhile.",
  DUPLICATE: "Somebody else has created it meanwhile, and it was not overwritten.",
};

/** Writes templates, one after the other, and says what became of them. */
export function useImport(accountId: string) {
  const { execute } = useSession();
  const client = useQueryClient();
  const [isRunning, setIsRunning] = useState(false);
  /** What the last run has not done, beside what it has; null if it has done all. */
  const [failure, setFailure] = useState<string | null>(null);
  const { signal } = new AbortController();

  const write = async ({ entry, update }: Step): Promise<Outcome> => {
    try {
      const { modelTemplate, errors } = update
        ? await sent("updateModelTemplate", updateTemplate, {
            id: update.existing.id,
            expectedRevision: update.existing.revision,
            ...(update.patch as Variables),
          })
        : await sent("createModelTemplate", createTemplate, {
            ...(entry.input as Variables),
            accountId,
            requestId: newRequestId(),
          });
      if (modelTemplate) {
        const revision = `Updated, as revision ${modelTemplate.revision}.`;
        return { isDone: true, message: update ? revision : "Created." };
      }
      const late = errors.find(({ code, path }) => code !== "DUPLICATE" || path[0] === "name");
      const reason = TOO_LATE[late?.code ?? ""] ?? errors.map(({ message }) => message).join(" ");
      return { isDone: false, message: reason };
    } catch (error) {
      return { isDone: false, message: (error as Error).message };
    }
  };
  const sent = async (name: string, mutation: string, input: Variables) =>
    (await execute<Record<string, Payload>>(mutation, { input }, signal))[name] as Payload;

  const run = async (steps: readonly Step[]): Promise<ReadonlyMap<Entry, Outcome>> => {
    setIsRunning(true);
    const outcomes = new Map<Entry, Outcome>();
    for (const step of steps) outcomes.set(step.entry, await write(step));
    // Once, not after each template: the checks of all others would be made again.
    await client.invalidateQueries();
    setIsRunning(false);
    const done = steps.filter(({ entry }) => outcomes.get(entry)?.isDone);
    const title = reportOf(done);
    if (done.length === steps.length) notifications.show({ color: "teal", title, message: "" });
    const failed = pluralize(steps.length - done.length, "template");
    setFailure(done.length < steps.length ? `${title}. ${failed} could not be written.` : null);
    return outcomes;
  };
  return { run, isRunning, failure };
}

/** `Created 1 template, updated 2 templates`. */
function reportOf(done: readonly Step[]): string {
  const created = done.filter(({ update }) => update === null).length;
  const updated = done.length - created;
  const parts = [
    ...(created > 0 ? [`created ${pluralize(created, "template")}`] : []),
    ...(updated > 0 ? [`updated ${pluralize(updated, "template")}`] : []),
  ];
  return capitalize(parts.join(", ") || "nothing was written");
}
