import { Button } from "@mantine/core";
import { plan as planFields } from "contract:catalog";
import { isRecord, type SecretPlaceholder } from "../api/json";
import type { LaunchPlan, UserError } from "../api/types";
import { CopyButton } from "../ui/CopyButton";
import { elementId } from "../ui/fieldErrors";
import { capitalize, humanize, pluralize } from "../ui/format";
import { MessageList } from "../ui/MessageList";
import { MarkedLines } from "./MarkedLines";
import "./PlanView.css";

interface Props {
  /** Null if the server rejected the request before it made a plan. */
  readonly plan: LaunchPlan | null;
  readonly errors: readonly UserError[];
  /** Those about what has been touched. */
  readonly visible: readonly UserError[];
  /** Asks for all errors, touched or not. */
  readonly onAsk: () => void;
  readonly isArchived: boolean;
  /** By the variables that the secrets are set in. */
  readonly secrets: ReadonlyMap<string, SecretPlaceholder>;
}

/** The requests to Launch, or the errors that keep them from being made. */
export function PlanView(props: Props) {
  const { plan, errors, visible, secrets, isArchived, onAsk } = props;
  const parts = planFields.filter(({ fields }) => fields === undefined);
  const isReady = plan !== null && errors.length === 0;
  return (
    <section className="stack" aria-label="Launch plan">
      <div className={`plan-status ${statusOf(isReady && !isArchived, visible.length > 0)}`}>
        <p role="status">{statusText(props)}</p>
        {visible.length < errors.length && (
          <Button variant="subtle" size="compact-sm" onClick={onAsk}>
            Show all errors
          </Button>
        )}
      </div>
      <MessageList title="Errors" kind="error" messages={visible} elementIdOf={elementId} />
      <MessageList title="Warnings" kind="warning" messages={plan?.warnings ?? []} />
      {isReady &&
        parts.map(({ name, description }) => (
          <PlanPart
            key={name}
            name={name}
            description={description}
            value={withoutSecrets(plan[name], secrets, ENVIRONMENTS.has(name))}
          />
        ))}
    </section>
  );
}

/** What Launch and SGP call the variables of a container. */
const ENVIRONMENTS: ReadonlySet<string> = new Set(["env", "worker_env", "env_vars"]);

function statusOf(isReady: boolean, isWrong: boolean): string {
  if (isReady) return "ready";
  return isWrong ? "blocked" : "open";
}

function statusText({ plan, errors, visible, isArchived }: Props): string {
  if (visible.length > 0) return `Fix ${pluralize(errors.length, "error")}.`;
  if (errors.length > 0) return `Fill in ${pluralize(errors.length, "field")} to see the plan.`;
  if (plan === null) return "";
  return isArchived ? "Complete, but the template is archived." : "Ready to launch.";
}

/** A request whose environments have placeholders for secrets, at any depth. */
function withoutSecrets(
  value: unknown,
  secrets: ReadonlyMap<string, SecretPlaceholder>,
  isEnv: boolean,
): unknown {
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const secret = isEnv ? secrets.get(name) : undefined;
      const shown = secret
        ? `$${secret.variable}`
        : withoutSecrets(member, secrets, ENVIRONMENTS.has(name));
      return [name, shown];
    }),
  );
}

interface PartProps {
  readonly name: string;
  readonly description?: string | undefined;
  readonly value: unknown;
}

function PlanPart({ name, description, value }: PartProps) {
  const text = isRecord(value) ? JSON.stringify(value, null, 2) : null;
  return (
    <section className="card plan-part" aria-label={name}>
      <div className="split-row">
        <h2>{capitalize(humanize(name))}</h2>
        {text !== null && <CopyButton text={text} what={humanize(name)} />}
      </div>
      <p className="hint">{description}</p>
      {text !== null ? <MarkedLines text={text} /> : <p className="no-value">None.</p>}
    </section>
  );
}
