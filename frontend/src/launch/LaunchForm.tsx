import { TextInput } from "@mantine/core";
import { autoscaling, planArguments } from "contract:catalog";
import type { Template, UserError } from "../api/types";
import { elementId, errorsBelow } from "../ui/fieldErrors";
import { capitalize, humanize } from "../ui/format";
import { parametersOf, withText, type LaunchDraft } from "./draft";
import { LabelRows } from "./LabelRows";
import { ParameterFields } from "./ParameterFields";
import "./LaunchForm.css";

interface Props {
  readonly template: Template;
  readonly draft: LaunchDraft;
  readonly errors: readonly UserError[];
  readonly onDraft: (draft: LaunchDraft) => void;
  /** An input was left or changed. */
  readonly onTouch: (elementId: string) => void;
}

/** The template's own parameters, and the arguments that every launch has. */
export function LaunchForm({ template, draft, errors, onDraft, onTouch }: Props) {
  const change = (change: Partial<LaunchDraft>) => onDraft({ ...draft, ...change });
  return (
    <form
      className="card launch-form"
      aria-label="Launch"
      onSubmit={(event) => event.preventDefault()}
      onBlur={(event) => onTouch(event.target.id)}
      onInput={(event) => event.target instanceof HTMLElement && onTouch(event.target.id)}
    >
      <TextInput
        id={elementId(["name"])}
        label="Name"
        description={planArguments["name"]}
        error={errorsBelow(errors, ["name"])}
        value={draft.name}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <ParameterFields
        parameters={parametersOf(template)}
        texts={draft.parameters}
        errors={errors}
        onText={(name, text) => change({ parameters: withText(draft.parameters, name, text) })}
      />
      <fieldset className="autoscaling">
        <legend>Autoscaling</legend>
        <p className="hint">{planArguments["autoscaling"]}</p>
        {autoscaling.map((name) => (
          <TextInput
            key={name}
            id={elementId(["autoscaling", name])}
            label={capitalize(humanize(name))}
            error={errorsBelow(errors, ["autoscaling", name])}
            inputMode="numeric"
            autoComplete="off"
            value={draft.autoscaling.get(name) ?? ""}
            placeholder={String(template.vendorConfiguration.endpointConfig[name])}
            onChange={({ currentTarget }) =>
              change({
                autoscaling: withText(draft.autoscaling, name, currentTarget.value || undefined),
              })
            }
          />
        ))}
      </fieldset>
      <LabelRows labels={draft.labels} errors={errors} onLabels={(labels) => change({ labels })} />
    </form>
  );
}
