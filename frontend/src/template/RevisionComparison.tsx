import { NativeSelect } from "@mantine/core";
import { revision as revisionFields } from "contract:catalog";
import { useState } from "react";
import type { TemplateSpec } from "../api/types";
import { ChangeList } from "./ChangeList";
import "./RevisionComparison.css";

/** The differences between two revisions that people select; at first the latest two. */
export function RevisionComparison({ revisions }: { revisions: readonly TemplateSpec[] }) {
  const [older, setOlder] = useState(revisions[1]?.revision ?? 0);
  const [newer, setNewer] = useState(revisions[0]?.revision ?? 0);
  const find = (number: number) => revisions.find(({ revision }) => revision === number);
  const [before, after] = [find(older), find(newer)];
  return (
    <section className="card">
      <h2>Changes</h2>
      <div className="revision-choices">
        <Choice label="From revision" revisions={revisions} selected={older} onSelect={setOlder} />
        <Choice label="to revision" revisions={revisions} selected={newer} onSelect={setNewer} />
      </div>
      {before && after && <ChangeList before={comparable(before)} after={comparable(after)} />}
    </section>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly revisions: readonly TemplateSpec[];
  readonly selected: number;
  readonly onSelect: (revision: number) => void;
}

function Choice({ label, revisions, selected, onSelect }: ChoiceProps) {
  return (
    <NativeSelect
      label={label}
      value={selected}
      data={revisions.map(({ revision }) => String(revision))}
      onChange={(event) => onSelect(Number(event.currentTarget.value))}
    />
  );
}

/**
 * The fields that templates and revisions share. JSON Schemas are left out, because they repeat
 * what the parameters say.
 */
function comparable(spec: TemplateSpec): unknown {
  const names = revisionFields.map(({ name }) => name).filter((name) => name !== "revision");
  const shared = Object.fromEntries(names.map((name) => [name, spec[name]]));
  const text = JSON.stringify(shared, (name, value: unknown) =>
    name === "jsonSchema" ? undefined : value,
  );
  return JSON.parse(text);
}
