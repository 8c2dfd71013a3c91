import { useDebouncedValue } from "@mantine/hooks";
import { useMemo } from "react";
import { toJson } from "../api/json";
import getLaunchPlan from "../api/operations/get-launch-plan.graphql";
import { useOperation } from "../api/queries";
import type { LaunchPlan, Template, UserError } from "../api/types";
import { ErrorNotice } from "../ui/ErrorNotice";
import { placeholdersOf, planVariables, shownVariables, type LaunchDraft } from "./draft";
import { LaunchForm } from "./LaunchForm";
import { PlanView } from "./PlanView";
import { Snippets } from "./Snippets";
import "./LaunchView.css";

const TYPING_MS = 300;

interface Answer {
  readonly modelTemplate: { readonly launchPlan: LaunchPlan } | null;
}

interface Props {
  readonly template: Template;
  readonly draft: LaunchDraft;
  readonly onDraft: (draft: LaunchDraft) => void;
}

/** The launch form beside the launch plan that the server makes of it. */
export function LaunchView({ template, draft, onDraft }: Props) {
  const text = toJson(planVariables(template, draft));
  const variables = useMemo(() => planVariables(template, draft), [text]);
  const [settled] = useDebouncedValue(variables, TYPING_MS);
  const { data, error, isFetching, refetch } = useOperation<Answer>(getLaunchPlan, settled);
  const plan = error ? null : (data?.modelTemplate?.launchPlan ?? null);
  const errors: readonly UserError[] = error?.userErrors ?? plan?.errors ?? [];
  return (
    <div className="launch-view">
      <LaunchForm template={template} draft={draft} errors={errors} onDraft={onDraft} />
      <div className="stack" aria-busy={isFetching}>
        <p className="hint">
          Preview the exact requests before you launch. Launch is the service that runs models;
          nothing is sent to it from here.
        </p>
        {error && error.userErrors.length === 0 && (
          <ErrorNotice error={error} onRetry={() => void refetch()} />
        )}
        {(plan || errors.length > 0) && (
          <PlanView
            plan={plan}
            errors={errors}
            secrets={placeholdersOf(template)}
            isArchived={template.archivedAt !== null}
          />
        )}
        {data && !data.modelTemplate && (
          <p className="empty-message">This template has been deleted.</p>
        )}
        <Snippets operation={getLaunchPlan} variables={shownVariables(template, draft)} />
      </div>
    </div>
  );
}
