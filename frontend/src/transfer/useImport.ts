import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import createTemplate from "../api/operations/create-template.graphql";
import { useSession } from "../api/SessionProvider";
import type { Template, UserError } from "../api/types";
import { UNFILTERED } from "../browse/address";
import { useAddress } from "../browse/AddressProvider";
import { newRequestId } from "../edit/requestId";
import { pluralize } from "../ui/format";
import type { Entry } from "./parseText";

interface Payload {
  readonly createModelTemplate: {
    readonly modelTemplate: Template | null;
    readonly errors: readonly UserError[];
  };
}

/** Creates templates, one after the other, and says what became of them. */
export function useImport(accountId: string) {
  const { execute } = useSession();
  const client = useQueryClient();
  const { navigate } = useAddress();
  const [isRunning, setIsRunning] = useState(false);
  const run = async (entries: readonly Entry[]) => {
    setIsRunning(true);
    const { signal } = new AbortController();
    const failed: string[] = [];
    for (const { input, name } of entries) {
      try {
        const variables = { ...input, accountId, requestId: newRequestId() };
        const { errors } = (await execute<Payload>(createTemplate, { input: variables }, signal))
          .createModelTemplate;
        if (errors[0]) failed.push(`${name}: ${errors[0].message}`);
      } catch (error) {
        failed.push(`${name}: ${(error as Error).message}`);
      }
    }
    setIsRunning(false);
    // Once, not after each template: the checks of all others would be made again.
    void client.invalidateQueries();
    const created = entries.length - failed.length;
    notifications.show({
      color: failed.length > 0 ? "red" : "teal",
      title: `Created ${pluralize(created, "template")}`,
      message: failed.join(" "),
      autoClose: failed.length > 0 ? false : 8_000,
    });
    if (failed.length === 0) navigate({ ...UNFILTERED, page: "", id: null });
  };
  return { run, isRunning };
}
