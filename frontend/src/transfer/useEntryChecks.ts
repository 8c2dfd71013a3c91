import { useQueries } from "@tanstack/react-query";
import { toJson } from "../api/json";
import checkTemplate from "../api/operations/check-template.graphql";
import { RequestError } from "../api/server";
import { useSession } from "../api/SessionProvider";
import type { Template, UserError } from "../api/types";
import { errorsOfInput, isAboutItself } from "../edit/useValidation";
import { updateOf, type EntryUpdate } from "./entryUpdate";
import type { Entry } from "./parseText";

export interface EntryCheck {
  readonly errors: readonly UserError[];
  readonly warnings: readonly UserError[];
  readonly isChecking: boolean;
  /** What is to be changed in the stored template of this name; null if there is none. */
  readonly update: EntryUpdate | null;
  /** Why the server could not say. */
  readonly failure: RequestError | null;
}

interface Answer {
  readonly validateModelTemplate: Pick<EntryCheck, "errors" | "warnings">;
  readonly modelTemplates: { readonly nodes: readonly Template[] };
}

/** What the page and the server say about each template of a text, and what is stored of it. */
export function useEntryChecks(
  entries: readonly Entry[],
  accountId: string,
): readonly EntryCheck[] {
  const { execute } = useSession();
  const results = useQueries({
    queries: entries.map(({ input }) => ({
      queryKey: [checkTemplate, toJson({ ...input, accountId })],
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const filter = { accountId, name: input["name"] ?? null, archived: null };
        return execute<Answer>(checkTemplate, { input: { ...input, accountId }, filter }, signal);
      },
      staleTime: 10_000,
    })),
  });
  const firstOf = new Map(entries.toReversed().map(({ name, line }) => [name, line]));
  return results.map(({ data, error, isPending }, n) => {
    const entry = entries[n];
    const first = entry ? firstOf.get(entry.name) : undefined;
    const own = [...(entry?.errors ?? []), ...repeated(entry, first)];
    const existing = data?.modelTemplates.nodes[0] ?? null;
    const asked = error instanceof RequestError ? error : null;
    const told = asked
      ? errorsOfInput(asked.userErrors)
      : (data?.validateModelTemplate.errors ?? []);
    const warnings = data?.validateModelTemplate.warnings ?? [];
    const errors = existing ? told.filter((error) => !isAboutItself(error)) : told;
    return {
      errors: [...own, ...errors],
      warnings,
      update: entry && existing ? updateOf(existing, entry.input, warnings) : null,
      isChecking: isPending,
      failure: asked && asked.userErrors.length === 0 ? asked : null,
    };
  });
}

function repeated(entry: Entry | undefined, first: number | undefined): readonly UserError[] {
  if (!entry || entry.name === "" || first === undefined || first === entry.line) return [];
  return [{ message: `The template at line ${first} has the same name.`, path: ["name"] }];
}
