import { useRef, useState } from "react";
import { toJson } from "../api/json";
import createTemplate from "../api/operations/create-template.graphql";
import getTemplate from "../api/operations/get-template.graphql";
import updateTemplate from "../api/operations/update-template.graphql";
import { useChange } from "../api/queries";
import { RequestError } from "../api/server";
import { useSession } from "../api/SessionProvider";
import type { Template, UserError } from "../api/types";
import { newRequestId } from "./requestId";
import type { Mode } from "./EditPage";
import { templateFields, type Input } from "./fields";
import { patchOf } from "./patch";
import type { StoredDraft } from "./storedDraft";
import { errorsOfInput } from "./useValidation";

interface Payload {
  readonly modelTemplate: Template | null;
  readonly errors: readonly UserError[];
}

/** Sends the form. A template that has changed meanwhile is `current` until it is dealt with. */
export function useSave(
  mode: Mode,
  template: Template | null,
  state: StoredDraft,
  input: Input,
  base: Input | null,
) {
  const { execute } = useSession();
  const create = useChange<{ createModelTemplate: Payload }>(createTemplate);
  const update = useChange<{ updateModelTemplate: Payload }>(updateTemplate);
  const [current, setCurrent] = useState<Template | null>(null);
  const [rejected, setRejected] = useState<{
    readonly of: string;
    readonly errors: readonly UserError[];
  }>();
  const [isGone, setIsGone] = useState(false);
  const [failure, setFailure] = useState<RequestError | null>(null);
  const request = useRef({ of: "", id: "" });
  const text = toJson({ ...input, accountId: state.accountId });

  const send = async (): Promise<Payload> => {
    if (mode === "edit" && template && base) {
      const changes = patchOf(templateFields, base, input);
      const variables = { id: template.id, expectedRevision: state.revision, ...changes };
      return (await update.mutateAsync({ input: variables })).updateModelTemplate;
    }
    // The same input again, after an answer was lost, must not make a second template.
    if (request.current.of !== text) request.current = { of: text, id: newRequestId() };
    const variables = { ...input, accountId: state.accountId, requestId: request.current.id };
    return (await create.mutateAsync({ input: variables })).createModelTemplate;
  };

  const run = async (): Promise<Template | null> => {
    setFailure(null);
    try {
      const { modelTemplate, errors } = await send();
      if (errors.some(({ code }) => code === "STALE") && template) {
        const { signal } = new AbortController();
        const found = await execute<{ modelTemplate: Template | null }>(
          getTemplate,
          { id: template.id },
          signal,
        );
        setCurrent(found.modelTemplate);
        setIsGone(found.modelTemplate === null);
        return null;
      }
      setIsGone(mode === "edit" && errors.some(({ code }) => code === "NOT_FOUND"));
      setRejected({ of: text, errors });
      return modelTemplate;
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      if (error.userErrors.length > 0)
        setRejected({ of: text, errors: errorsOfInput(error.userErrors) });
      else setFailure(error);
      return null;
    }
  };
  return {
    run,
    isSaving: create.isPending || update.isPending,
    /** What the server said about this very input. */
    errors: rejected?.of === text && !isGone ? rejected.errors : [],
    failure,
    /** Whether the template has been deleted meanwhile. */
    isGone,
    current,
    dismiss: () => setCurrent(null),
  };
}
