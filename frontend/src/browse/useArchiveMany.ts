import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import updateTemplate from "../api/operations/update-template.graphql";
import { useSession } from "../api/SessionProvider";
import type { TemplateSummary, UserError } from "../api/types";
import { pluralize } from "../ui/format";
import { succeed } from "../ui/notices";

interface Payload {
  readonly updateModelTemplate: { readonly errors: readonly UserError[] };
}

/** Archives or restores templates, one after the other, says what became of them, and offers undo. */
export function useArchiveMany() {
  const { execute } = useSession();
  const client = useQueryClient();
  const [isRunning, setIsRunning] = useState(false);
  /** Returns the templates that were changed. */
  const run = async (templates: readonly TemplateSummary[], archived: boolean) => {
    setIsRunning(true);
    const { signal } = new AbortController();
    const done: TemplateSummary[] = [];
    const failed: string[] = [];
    for (const template of templates) {
      try {
        const variables = { input: { id: template.id, archived } };
        const { errors } = (await execute<Payload>(updateTemplate, variables, signal))
          .updateModelTemplate;
        if (errors[0]) failed.push(`${template.name}: ${errors[0].message}`);
        else done.push(template);
      } catch (error) {
        failed.push(`${template.name}: ${(error as Error).message}`);
      }
    }
    setIsRunning(false);
    void client.invalidateQueries();
    const title = `${archived ? "Archived" : "Restored"} ${pluralize(done.length, "template")}`;
    if (failed.length > 0) {
      const message = failed.join(" ");
      notifications.show({ color: "red", title, message, autoClose: false });
    } else succeed(`${title}.`, () => void run(done, !archived));
    return done;
  };
  return { run, isRunning };
}
