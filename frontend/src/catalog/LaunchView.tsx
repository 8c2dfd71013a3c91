import { useState } from 'react';
import { useAnswer } from './answer';
import { firstDraft, variables, type Draft } from './draft';
import { LaunchForm } from './LaunchForm';
import plan from './operations/plan.graphql';
import { PlanView } from './PlanView';
import { useSession } from './session';
import { Snippets } from './Snippets';
import { Trouble } from './Trouble';
import type { Plan, Template, UserError } from './types';

const TYPING_MS = 300;

interface Answer {
  readonly modelTemplate: { readonly launchPlan: Plan } | null;
}

/** What is typed beside what Launch would be asked. The server judges; the page shows. */
export function LaunchView({ template }: { template: Template }) {
  const { ask } = useSession();
  const [draft, setDraft] = useState<Draft>(() => firstDraft(template));
  const asked = variables(template, draft);
  const answered = useAnswer<Answer>(ask, plan, asked, TYPING_MS);
  const { data, refusal, isWaiting, retry } = answered;
  const launchPlan = refusal ? null : (data?.modelTemplate?.launchPlan ?? null);
  const errors: readonly UserError[] = refusal?.userErrors ?? launchPlan?.errors ?? [];
  return (
    <div className="launch">
      <LaunchForm template={template} draft={draft} errors={errors} onDraft={setDraft} />
      <div className="outcome" aria-busy={isWaiting}>
        {refusal && refusal.userErrors.length === 0 && <Trouble refusal={refusal} onRetry={retry} />}
        {(launchPlan || errors.length > 0) && <PlanView plan={launchPlan} errors={errors} />}
        {data && !data.modelTemplate && <p className="nothing">The template is gone.</p>}
        <Snippets operation={plan} variables={asked} />
      </div>
    </div>
  );
}
