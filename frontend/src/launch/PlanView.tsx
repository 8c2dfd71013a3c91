import { plan as shapes } from "contract:catalog";
import { useState } from "react";
import { fieldId } from "./draft";
import { CopyButton } from "../ui/CopyButton";
import { isRecord } from "../template/SchemaFields";
import { Problems } from "../ui/MessageList";
import type { Plan, UserError } from "../api/types";
import { capital, counted, spaced } from "../ui/format";

interface Props {
  /** Null where the server did not get as far as a plan. */
  readonly plan: Plan | null;
  readonly errors: readonly UserError[];
}

/** The requests to Launch, or every reason against them. */
export function PlanView({ plan, errors }: Props) {
  const parts = shapes.filter(({ fields }) => fields === undefined);
  const isReady = plan !== null && errors.length === 0;
  return (
    <section className="plan" aria-label="Launch plan">
      <p role="status" className={isReady ? "ready" : "unready"}>
        {isReady ? "Launch would take this." : `${counted(errors.length, "problem")} to solve.`}
      </p>
      <Problems title="Problems" kind="problem" problems={errors} fieldOf={fieldId} />
      <Problems title="Warnings" kind="warning" problems={plan?.warnings ?? []} />
      {isReady &&
        parts.map(({ name, description }) => (
          <Part key={name} name={name} description={description} value={plan[name]} />
        ))}
    </section>
  );
}

interface PartProps {
  readonly name: string;
  readonly description?: string | undefined;
  readonly value: unknown;
}

function Part({ name, description, value }: PartProps) {
  const text = isRecord(value) ? JSON.stringify(value, null, 2) : null;
  return (
    <section className="card part" aria-label={name}>
      <div className="above">
        <h2>{capital(spaced(name))}</h2>
        {text !== null && <CopyButton text={text} what={spaced(name)} />}
      </div>
      <p className="hint">{description}</p>
      {text !== null ? <Lines text={text} /> : <p className="none">None.</p>}
    </section>
  );
}

/** Text whose lines are marked that the text before it did not have. */
function Lines({ text }: { text: string }) {
  const [texts, setTexts] = useState({ now: text, before: text });
  if (texts.now !== text) setTexts({ now: text, before: texts.now });
  const before = new Set(texts.before.split("\n").map(withoutComma));
  return (
    <pre tabIndex={0}>
      {text.split("\n").map((line, n) => (
        <span key={`${n} ${line}`} className={before.has(withoutComma(line)) ? "line" : "line new"}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}

function withoutComma(line: string): string {
  return line.replace(/,$/, "");
}
