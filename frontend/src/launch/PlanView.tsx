import { plan as planFields } from "contract:catalog";
import { isRecord, type SecretPlaceholder } from "../api/json";
import { CopyButton } from "../ui/CopyButton";
import { elementId } from "../ui/fieldErrors";
import { capitalize, humanize } from "../ui/format";
import { MessageList } from "../ui/MessageList";
import { LaunchStatus, type Status } from "./LaunchStatus";
import { MarkedLines } from "./MarkedLines";
import "./PlanView.css";

interface Props {
  readonly status: Status;
  /** By the variables that the secrets are set in. */
  readonly secrets: ReadonlyMap<string, SecretPlaceholder>;
}

/** The requests to Launch, or the errors that keep them from being made. */
export function PlanView({ status, secrets }: Props) {
  const { plan, errors, visible } = status;
  const parts = planFields.filter(({ fields }) => fields === undefined);
  const isReady = plan !== null && errors.length === 0;
  return (
    <section className="stack" aria-label="Launch plan">
      <LaunchStatus {...status} />
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
