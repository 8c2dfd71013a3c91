import { notifications } from "@mantine/notifications";
import { useState } from "react";
import getTemplate from "../api/operations/get-template.graphql";
import { useSession } from "../api/SessionProvider";
import type { Template } from "../api/types";
import type { Format } from "../transfer/exportFile";
import { pluralize } from "../ui/format";

interface Found {
  readonly modelTemplate: Template | null;
}

type Ids = Iterable<string> | AsyncIterable<string>;

/** Saves templates as a file. Those that have been deleted meanwhile are left out, and counted. */
export function useExport() {
  const { execute } = useSession();
  const [isRunning, setIsRunning] = useState(false);
  const run = async (ids: Ids, format: Format) => {
    setIsRunning(true);
    const { signal } = new AbortController();
    const templates: Template[] = [];
    let missing = 0;
    try {
      // One by one: a list with all fields would cost the server too much.
      for await (const id of ids) {
        const { modelTemplate } = await execute<Found>(getTemplate, { id }, signal);
        if (modelTemplate) templates.push(modelTemplate);
        else missing++;
      }
      const { save } = await import("../transfer/exportFile");
      if (templates.length > 0) save(templates, nameOf(templates), format);
      if (missing > 0) {
        const message = `Left out ${pluralize(missing, "template")} that somebody has deleted.`;
        notifications.show({ color: "red", message });
      }
    } catch (error) {
      notifications.show({ color: "red", message: (error as Error).message });
    } finally {
      setIsRunning(false);
    }
  };
  return { run, isRunning };
}

function nameOf(templates: readonly Template[]): string {
  return templates.length === 1 ? (templates[0]?.name ?? "") : "model-templates";
}
