import { Button, CloseButton, TextInput } from "@mantine/core";
import { planArguments } from "contract:catalog";
import type { UserError } from "../api/types";
import { elementId, errorsAt } from "../ui/fieldErrors";
import type { LaunchDraft } from "./draft";
import "./LabelRows.css";

type Labels = LaunchDraft["labels"];

interface Props {
  readonly labels: Labels;
  readonly errors: readonly UserError[];
  readonly onLabels: (labels: Labels) => void;
}

/** The labels of the launch. Errors about a label without a row offer to add the row. */
export function LabelRows({ labels, errors, onLabels }: Props) {
  const names = labels.map(({ name }) => name);
  const missing = errorsAt(errors, ["labels"]).filter(({ path }) => !names.includes(path[1] ?? ""));
  const add = (name: string) => onLabels([...labels, { name, value: "" }]);
  return (
    <fieldset className="label-rows">
      <legend>Labels</legend>
      <p className="hint">{planArguments["labels"]}</p>
      {labels.map((label, n) => (
        <LabelRow
          key={n}
          label={label}
          isRepeated={names.lastIndexOf(label.name) > n}
          errors={errorsAt(errors, ["labels", label.name])}
          onChange={(changed) => onLabels(labels.with(n, changed))}
          onRemove={() => onLabels(labels.toSpliced(n, 1))}
        />
      ))}
      {missing.map(({ message, path }) => (
        <p key={path.join(".")} className="field-error">
          {message}{" "}
          {path[1] !== undefined && (
            <Button
              variant="default"
              size="compact-sm"
              id={elementId(path)}
              onClick={() => add(path[1] ?? "")}
            >
              Add {path[1]}
            </Button>
          )}
        </p>
      ))}
      <Button variant="subtle" size="compact-sm" onClick={() => add("")}>
        Add label
      </Button>
    </fieldset>
  );
}

interface RowProps {
  readonly label: Labels[number];
  /** Whether a later row has the same name. Only one of them can be sent. */
  readonly isRepeated: boolean;
  readonly errors: readonly UserError[];
  readonly onChange: (label: Labels[number]) => void;
  readonly onRemove: () => void;
}

function LabelRow({ label, isRepeated, errors, onChange, onRemove }: RowProps) {
  const { name, value } = label;
  const id = elementId(["labels", name]);
  const messages = errors.map(({ message }) => message);
  if (isRepeated) messages.push("Another label below has the same name; only that one is sent.");
  return (
    <div className="label-row">
      <TextInput
        aria-label="Label name"
        value={name}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange({ name: event.currentTarget.value, value })}
      />
      <TextInput
        {...(!isRepeated && { id })}
        aria-label={`Value of label ${name}`}
        error={messages.join(" ") || null}
        value={value}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => onChange({ name, value: event.currentTarget.value })}
      />
      <CloseButton aria-label={`Remove label ${name}`} onClick={onRemove} />
    </div>
  );
}
