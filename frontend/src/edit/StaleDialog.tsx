import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { toJson, type Value } from "../api/json";
import { Dialog } from "../ui/Dialog";
import { fieldLabel } from "../ui/format";
import type { Draft } from "./draft";
import { merged, mergeOf } from "./merge";
import type { Difference } from "./patch";

interface Props {
  readonly base: Draft;
  readonly mine: Draft;
  readonly theirs: Draft;
  /** Who changed the template, and when. */
  readonly change: string;
  readonly onMerge: (draft: Draft) => void;
  readonly onClose: () => void;
}

/** What others have changed while the form was open, and what becomes of it. */
export function StaleDialog({ base, mine, theirs, change, onMerge, onClose }: Props) {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const merge = mergeOf(base, mine, theirs);
  const choose = (path: string, isTheirs: boolean) => {
    const next = new Set(chosen);
    if (isTheirs) next.add(path);
    else next.delete(path);
    setChosen(next);
  };
  return (
    <Dialog onClose={onClose} title="The template has changed" size="xl">
      <Stack>
        <Text size="sm">
          {change} Your changes are still in the form, and nothing has been saved. Both sets of
          changes can be kept.
        </Text>
        {merge.conflicts.map(({ path, before, after }) => (
          <Radio.Group
            key={path.join(".")}
            label={`${fieldLabel(path)}: changed by both`}
            value={chosen.has(path.join(".")) ? "theirs" : "mine"}
            onChange={(value) => choose(path.join("."), value === "theirs")}
          >
            <div className="sides">
              <Choice value="mine" label="Mine" content={after} />
              <Choice value="theirs" label="Theirs" content={before} />
            </div>
          </Radio.Group>
        ))}
        <Changes title="Changed by others" changes={merge.theirs} />
        <Changes title="Changed by you" changes={merge.mine} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Back to the form
          </Button>
          <Button data-autofocus onClick={() => onMerge(merged(mine, theirs, merge, chosen))}>
            Merge
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function Choice({ value, label, content }: { value: string; label: string; content: Value }) {
  return (
    <Radio.Card value={value} className="choice-card">
      <Group gap={8} wrap="nowrap" align="start">
        <Radio.Indicator size="xs" mt={3} />
        <div className="side">
          <strong>{label}</strong>
          <code>{shown(content)}</code>
        </div>
      </Group>
    </Radio.Card>
  );
}

function Changes({ title, changes }: { title: string; changes: readonly Difference[] }) {
  if (changes.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3>{title}</h3>
      <ul className="changed-fields">
        {changes.map(({ path, before, after }) => (
          <li key={path.join(".")}>
            {fieldLabel(path)}: <del>{shown(before)}</del> <span aria-hidden>→</span>{" "}
            <ins>{shown(after)}</ins>
          </li>
        ))}
      </ul>
    </section>
  );
}

function shown(value: Value): string {
  if (value === null) return "none";
  return typeof value === "string" ? value || "empty" : toJson(value);
}
