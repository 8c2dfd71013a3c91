import { useQueries } from "@tanstack/react-query";
import { toJson } from "../api/json";
import validateTemplate from "../api/operations/validate-template.graphql";
import { RequestError } from "../api/server";
import { useSession } from "../api/SessionProvider";
import type { UserError } from "../api/types";
import { errorsOfInput } from "../edit/useValidation";
import type { Entry } from "./parseText";

export interface EntryCheck {
  readonly errors: readonly UserError[];
  readonly warnings: readonly UserError[];
  readonly isChecking: boolean;
  /** Why the server could not say. */
  readonly failure: RequestError | null;
}

interface Answer {
  readonly validateModelTemplate: Omit<EntryCheck, "isChecking" | "failure">;
}

/** What the page and the server say about each template of a text. */
export function useEntryChecks(
  entries: readonly Entry[],
  accountId: string,
): readonly EntryCheck[] {
  const { execute } = useSession();
  const results = useQueries({
    queries: entries.map(({ input }) => ({
      queryKey: [validateTemplate, toJson({ ...input, accountId })],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        execute<Answer>(validateTemplate, { input: { ...input, accountId } }, signal),
      staleTime: 10_000,
    })),
  });
  return results.map(({ data, error, isPending }, n) => {
    const own = entries[n]?.errors ?? [];
    const asked = error instanceof RequestError ? error : null;
    const told = asked
      ? errorsOfInput(asked.userErrors)
      : (data?.validateModelTemplate.errors ?? []);
    return {
      errors: [...own, ...told],
      warnings: data?.validateModelTemplate.warnings ?? [],
      isChecking: isPending,
      failure: asked && asked.userErrors.length === 0 ? asked : null,
    };
  });
}
