import { Button } from "@mantine/core";
import type { LaunchPlan, UserError } from "../api/types";
import { elementId, focusField } from "../ui/fieldErrors";
import { pluralize } from "../ui/format";
import "./LaunchStatus.css";

export interface Status {
  /** Null if the server rejected the request before it made a plan, or has not answered. */
  readonly plan: LaunchPlan | null;
  readonly errors: readonly UserError[];
  /** Those about what has been touched. */
  readonly visible: readonly UserError[];
  /** Asks for all errors, touched or not. */
  readonly onAsk: () => void;
  readonly isArchived: boolean;
}

/** Whether the template can be launched. On a phone it stays in sight while the form is scrolled. */
export function LaunchStatus(status: Status) {
  const { errors, visible, onAsk } = status;
  const text = statusText(status);
  const goToFirst = () => {
    onAsk();
    focusField(firstInForm(errors));
  };
  return (
    <div className={`plan-status ${toneOf(status)}`} hidden={text === ""}>
      <p role="status">{text}</p>
      {errors.length > 0 && (
        <Button className="to-first" variant="default" size="compact-sm" onClick={goToFirst}>
          {visible.length > 0 ? "Go to the first" : "Go to it"}
        </Button>
      )}
      {visible.length < errors.length && (
        <Button className="show-all" variant="subtle" size="compact-sm" onClick={onAsk}>
          Show all errors
        </Button>
      )}
    </div>
  );
}

function toneOf({ plan, errors, visible, isArchived }: Status): string {
  if (plan !== null && errors.length === 0 && !isArchived) return "ready";
  return visible.length > 0 ? "blocked" : "open";
}

function statusText({ plan, errors, visible, isArchived }: Status): string {
  if (visible.length > 0) return `Fix ${pluralize(errors.length, "error")}.`;
  if (errors.length > 0) return `Fill in ${pluralize(errors.length, "field")} to see the plan.`;
  if (plan === null) return "";
  return isArchived ? "Complete, but the template is archived." : "Ready to launch.";
}

/** The path of the error whose field comes first in the form; errors come as they are found. */
function firstInForm(errors: readonly UserError[]): readonly string[] {
  const paths = errors.map(({ path }) => path);
  const inForm = [...document.querySelectorAll(".launch-form [id]")].map(({ id }) => id);
  const position = (path: readonly string[]) => {
    const at = inForm.indexOf(elementId(path));
    return at < 0 ? inForm.length : at;
  };
  return paths.toSorted((a, b) => position(a) - position(b))[0] ?? [];
}
