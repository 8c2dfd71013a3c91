import { revision as shapes } from "contract:catalog";
import { useState } from "react";
import { Changes } from "./ChangeList";
import { useList } from "../api/usePagedQuery";
import revisions from "../api/operations/list-revisions.graphql";
import { useSession } from "../api/SessionProvider";
import { Trouble } from "../ui/ErrorNotice";
import type { Page, Spec, Template } from "../api/types";
import { counted, moment } from "../ui/format";

interface Answer {
  readonly modelTemplate: { readonly revisions: Page<Spec> } | null;
}

/** Earlier states, and what changed between any two. */
export function Revisions({ template }: { template: Template }) {
  const { ask } = useSession();
  const { page, refusal, isWaiting, retry, more } = useList(
    ask,
    revisions,
    { id: template.id },
    ({ modelTemplate }: Answer) => modelTemplate?.revisions,
  );
  const states: readonly Spec[] = [template, ...(page?.nodes ?? [])];
  return (
    <div className="revisions" aria-busy={isWaiting}>
      <section className="card">
        <h2>States</h2>
        <p role="status">{page ? counted(page.totalCount, "earlier state") : ""}</p>
        {refusal && <Trouble refusal={refusal} onRetry={retry} />}
        <ol className="states">
          {states.map((state) => (
            <li key={state.revision}>
              <strong>Revision {state.revision}</strong>
              {state === template && <span className="badge kind">current</span>}
              <span className="meta">
                <time dateTime={state.updatedAt}>{moment(state.updatedAt)}</time> by{" "}
                {state.updatedByUserId}
              </span>
            </li>
          ))}
        </ol>
        {page?.pageInfo.hasNextPage && (
          <button type="button" disabled={isWaiting} onClick={more}>
            Load more
          </button>
        )}
      </section>
      {states.length > 1 && <Comparison states={states} />}
    </div>
  );
}

function Comparison({ states }: { states: readonly Spec[] }) {
  const [older, setOlder] = useState(states[1]?.revision ?? 0);
  const [newer, setNewer] = useState(states[0]?.revision ?? 0);
  const state = (revision: number) => states.find((other) => other.revision === revision);
  const [before, after] = [state(older), state(newer)];
  return (
    <section className="card">
      <h2>What changed</h2>
      <div className="between">
        <Choice label="From revision" states={states} chosen={older} onChoose={setOlder} />
        <Choice label="to revision" states={states} chosen={newer} onChoose={setNewer} />
      </div>
      {before && after && <Changes before={said(before)} after={said(after)} />}
    </section>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly states: readonly Spec[];
  readonly chosen: number;
  readonly onChoose: (revision: number) => void;
}

function Choice({ label, states, chosen, onChoose }: ChoiceProps) {
  return (
    <label>
      {label}
      <select value={chosen} onChange={(event) => onChoose(Number(event.target.value))}>
        {states.map(({ revision }) => (
          <option key={revision}>{revision}</option>
        ))}
      </select>
    </label>
  );
}

/** What a template and its revisions both say; the JSON Schemas say the parameters once more. */
function said(state: Spec): unknown {
  const names = shapes.map(({ name }) => name).filter((name) => name !== "revision");
  const spec = Object.fromEntries(names.map((name) => [name, state[name]]));
  return JSON.parse(
    JSON.stringify(spec, (name, value: unknown) => (name === "jsonSchema" ? undefined : value)),
  );
}
