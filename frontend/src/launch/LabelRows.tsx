import { planArguments } from "contract:catalog";
import { fieldId, type Draft } from "./draft";
import { errorsAt } from "./FormField";
import type { UserError } from "../api/types";

type Labels = Draft["labels"];

interface Props {
  readonly labels: Labels;
  readonly errors: readonly UserError[];
  readonly onLabels: (labels: Labels) => void;
}

/** Names and values. What the server says of a name that has no row stands below, with a row to add. */
export function LabelRows({ labels, errors, onLabels }: Props) {
  const names = labels.map(({ name }) => name);
  const missing = errorsAt(errors, ["labels"]).filter(({ path }) => !names.includes(path[1] ?? ""));
  const add = (name: string) => onLabels([...labels, { name, value: "" }]);
  return (
    <fieldset className="label-rows">
      <legend>Labels</legend>
      <p className="hint">{planArguments["labels"]}</p>
      {labels.map((label, n) => (
        <Row
          key={n}
          label={label}
          isOverruled={names.lastIndexOf(label.name) > n}
          errors={errorsAt(errors, ["labels", label.name])}
          onChange={(changed) => onLabels(labels.with(n, changed))}
          onRemove={() => onLabels(labels.toSpliced(n, 1))}
        />
      ))}
      {missing.map(({ message, path }) => (
        <p key={path.join(".")} className="problem">
          {message}{" "}
          {path[1] !== undefined && (
            <button type="button" id={fieldId(path)} onClick={() => add(path[1] ?? "")}>
              Add {path[1]}
            </button>
          )}
        </p>
      ))}
      <button type="button" className="quiet" onClick={() => add("")}>
        Add a label
      </button>
    </fieldset>
  );
}

interface RowProps {
  readonly label: Labels[number];
  /** Whether a later row has the same name: only one of them can be sent. */
  readonly isOverruled: boolean;
  readonly errors: readonly UserError[];
  readonly onChange: (label: Labels[number]) => void;
  readonly onRemove: () => void;
}

function Row({ label, isOverruled, errors, onChange, onRemove }: RowProps) {
  const { name, value } = label;
  const id = fieldId(["labels", name]);
  const messages = errors.map(({ message }) => message);
  if (isOverruled) messages.push("The name is given again below, and that one is sent.");
  return (
    <div className="label-row">
      <input
        aria-label="Label name"
        value={name}
        spellCheck={false}
        onChange={(event) => onChange({ name: event.target.value, value })}
      />
      <input
        id={isOverruled ? undefined : id}
        aria-label={`Value of the label ${name}`}
        aria-invalid={errors.length > 0}
        aria-describedby={`${id}-error`}
        value={value}
        spellCheck={false}
        onChange={(event) => onChange({ name, value: event.target.value })}
      />
      <button
        type="button"
        className="quiet"
        aria-label={`Remove the label ${name}`}
        onClick={onRemove}
      >
        ×
      </button>
      <p id={isOverruled ? undefined : `${id}-error`} className="problem">
        {messages.join(" ")}
      </p>
    </div>
  );
}
