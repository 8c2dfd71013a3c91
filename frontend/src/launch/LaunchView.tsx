import getLaunchPlan from "../api/operations/get-launch-plan.graphql";
import { useSession } from "../api/SessionProvider";
import type { LaunchPlan, Template, UserError } from "../api/types";
import { useQuery } from "../api/useQuery";
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
  const { execute } = useSession();
  const variables = planVariables(template, draft);
  const { data, error, isLoading, retry } = useQuery<Answer>(
    execute,
    getLaunchPlan,
    variables,
    TYPING_MS,
  );
  const plan = error ? null : (data?.modelTemplate?.launchPlan ?? null);
  const errors: readonly UserError[] = error?.userErrors ?? plan?.errors ?? [];
  return (
    <div className="launch-view">
      <LaunchForm template={template} draft={draft} errors={errors} onDraft={onDraft} />
      <div className="stack" aria-busy={isLoading}>
        <p className="hint">
          Preview the exact requests before you launch. Launch is the service that runs models;
          nothing is sent to it from here.
        </p>
        {error && error.userErrors.length === 0 && <ErrorNotice error={error} onRetry={retry} />}
        {(plan || errors.length > 0) && (
          <PlanView plan={plan} errors={errors} secrets={placeholdersOf(template)} />
        )}
        {data && !data.modelTemplate && (
          <p className="empty-message">This template has been deleted.</p>
        )}
        <Snippets operation={getLaunchPlan} variables={shownVariables(template, draft)} />
      </div>
    </div>
  );
}
