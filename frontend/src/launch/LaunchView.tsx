import { useAnswer } from "../api/useQuery";
import { variables, type Draft } from "./draft";
import { LaunchForm } from "./LaunchForm";
import plan from "../api/operations/get-launch-plan.graphql";
import { PlanView } from "./PlanView";
import { useSession } from "../api/SessionProvider";
import { Snippets } from "./Snippets";
import { Trouble } from "../ui/ErrorNotice";
import type { Plan, Template, UserError } from "../api/types";

const TYPING_MS = 300;

interface Answer {
  readonly modelTemplate: { readonly launchPlan: Plan } | null;
}

interface Props {
  readonly template: Template;
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
}

/** What is typed beside what Launch would be asked. The server judges; the page shows. */
export function LaunchView({ template, draft, onDraft }: Props) {
  const { ask } = useSession();
  const asked = variables(template, draft);
  const answered = useAnswer<Answer>(ask, plan, asked, TYPING_MS);
  const { data, refusal, isWaiting, retry } = answered;
  const launchPlan = refusal ? null : (data?.modelTemplate?.launchPlan ?? null);
  const errors: readonly UserError[] = refusal?.userErrors ?? launchPlan?.errors ?? [];
  return (
    <div className="launch">
      <LaunchForm template={template} draft={draft} errors={errors} onDraft={onDraft} />
      <div className="outcome" aria-busy={isWaiting}>
        <p className="hint">
          What Launch would be asked to do, or why it would refuse. Nothing is sent to it.
        </p>
        {refusal && refusal.userErrors.length === 0 && (
          <Trouble refusal={refusal} onRetry={retry} />
        )}
        {(launchPlan || errors.length > 0) && <PlanView plan={launchPlan} errors={errors} />}
        {data && !data.modelTemplate && <p className="nothing">The template is gone.</p>}
        <Snippets operation={plan} variables={asked} />
      </div>
    </div>
  );
}
