import { useDebouncedValue } from "@mantine/hooks";
import { useMemo } from "react";
import validateTemplate from "../api/operations/validate-template.graphql";
import { toJson } from "../api/json";
import { useOperation } from "../api/queries";
import type { UserError } from "../api/types";
import type { Input } from "./fields";

const TYPING_MS = 350;
const OWN = ["DUPLICATE", "QUOTA_EXCEEDED"];
const NONE: readonly UserError[] = [];

interface Answer {
  readonly validateModelTemplate: {
    readonly errors: readonly UserError[];
    readonly warnings: readonly UserError[];
  };
}

/** The server's errors and warnings about an input, shortly after it was last changed. */
export function useValidation(input: Input, accountId: string, base: Input | null) {
  const text = toJson({ ...input, accountId });
  const now = useMemo(() => ({ text, input: { ...input, accountId } }), [text]);
  const [settled] = useDebouncedValue(now, TYPING_MS);
  const { data, error, isFetching, refetch } = useOperation<Answer>(
    validateTemplate,
    { input: settled.input },
    {
      isEnabled: accountId !== "",
    },
  );
  const errors = error
    ? errorsOfInput(error.userErrors)
    : (data?.validateModelTemplate.errors ?? NONE);
  const isOwn = (error: UserError) =>
    base !== null &&
    isAboutItself(error) &&
    (error.path[0] === "accountId" || base["name"] === input["name"]);
  return {
    errors: errors.filter((error) => !isOwn(error)),
    warnings: data?.validateModelTemplate.warnings ?? NONE,
    /** Why the server could not say; null if it did, or if the input has the wrong types. */
    failure: error && error.userErrors.length === 0 ? error : null,
    retry: () => void refetch(),
    isChecking: isFetching || text !== settled.text,
  };
}

/** Whether an error is about the account or name that a stored template takes up itself. */
export function isAboutItself({ code, path }: UserError): boolean {
  return OWN.includes(code ?? "") && ["accountId", "name"].includes(path[0] ?? "");
}

/** Paths of errors in variables begin with the variable. */
export function errorsOfInput(errors: readonly UserError[]): readonly UserError[] {
  return errors.map((error) =>
    error.path[0] === "input" ? { ...error, path: error.path.slice(1) } : error,
  );
}
