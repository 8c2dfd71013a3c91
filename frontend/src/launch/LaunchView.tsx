import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useMemo, useState } from "react";
import { toJson } from "../api/json";
import getLaunchPlan from "../api/operations/get-launch-plan.graphql";
import { useOperation } from "../api/queries";
import type { LaunchPlan, Template, UserError } from "../api/types";
import { ErrorNotice } from "../ui/ErrorNotice";
import { elementId, isAbout } from "../ui/fieldErrors";
import { Tabs } from "../ui/Tabs";
import { queryWithDraft } from "./addressDraft";
import {
  localErrors,
  placeholdersOf,
  planVariables,
  shownVariables,
  type LaunchDraft,
} from "./draft";
import { LaunchForm } from "./LaunchForm";
import { LaunchStatus } from "./LaunchStatus";
import { PlanView } from "./PlanView";
import { Snippets } from "./Snippets";
import "./LaunchView.css";

const TYPING_MS = 300;
const VIEWS = ["Plan", "Code"] as const;

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
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [isAsked, setIsAsked] = useState(false);
  const [view, setView] = useState<(typeof VIEWS)[number]>("Plan");
  useEffect(() => {
    const query = queryWithDraft(template, draft, location.search);
    if (query !== location.search) {
      history.replaceState(history.state, "", location.pathname + query);
    }
  }, [template, draft]);
  const plan = error ? null : (data?.modelTemplate?.launchPlan ?? null);
  const errors = [...localErrors(draft), ...(error?.userErrors ?? plan?.errors ?? [])];
  // Nothing is red before it was touched; what is typed is checked at once.
  const isTouched = ({ path }: UserError) =>
    [...touched].some((id) => isAbout(id, elementId(path)));
  const visible = isAsked ? errors : errors.filter(isTouched);
  const status = {
    plan,
    errors,
    visible,
    onAsk: () => setIsAsked(true),
    isArchived: template.archivedAt !== null,
  };
  const touch = (id: string) => id && setTouched((before) => new Set([...before, id]));
  const change = (changed: LaunchDraft) => {
    if (changed.labels !== draft.labels) touch(elementId(["labels"]));
    onDraft(changed);
  };
  return (
    <div className="launch-view">
      <LaunchForm
        template={template}
        draft={draft}
        errors={visible}
        onDraft={change}
        onTouch={touch}
      />
      <div className="stack" aria-busy={isFetching}>
        <p className="hint">
          Preview the exact requests before you launch. Launch is the service that runs models;
          nothing is sent to it from here.
        </p>
        <Tabs label="Show" names={VIEWS} selected={view} onSelect={setView}>
          {view === "Code" ? (
            <div className="stack">
              <LaunchStatus {...status} />
              <Snippets operation={getLaunchPlan} variables={shownVariables(template, draft)} />
            </div>
          ) : (
            <div className="stack">
              {error && error.userErrors.length === 0 && (
                <ErrorNotice error={error} onRetry={() => void refetch()} />
              )}
              {(plan || errors.length > 0) && (
                <PlanView status={status} secrets={placeholdersOf(template)} />
              )}
              {data && !data.modelTemplate && (
                <p className="empty-message">This template has been deleted.</p>
              )}
            </div>
          )}
        </Tabs>
      </div>
    </div>
  );
}
