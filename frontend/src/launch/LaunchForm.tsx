import { autoscaling, planArguments } from "contract:catalog";
import type { Template, UserError } from "../api/types";
import { capitalize, humanize } from "../ui/format";
import { parametersOf, withText, type LaunchDraft } from "./draft";
import { FormField } from "./FormField";
import { LabelRows } from "./LabelRows";
import { ParameterFields } from "./ParameterFields";
import "./LaunchForm.css";

interface Props {
  readonly template: Template;
  readonly draft: LaunchDraft;
  readonly errors: readonly UserError[];
  readonly onDraft: (draft: LaunchDraft) => void;
}

/** The template's own parameters, and the arguments that every launch has. */
export function LaunchForm({ template, draft, errors, onDraft }: Props) {
  const change = (change: Partial<LaunchDraft>) => onDraft({ ...draft, ...change });
  return (
    <form
      className="card launch-form"
      aria-label="Launch"
      onSubmit={(event) => event.preventDefault()}
    >
      <FormField path={["name"]} label="Name" hint={planArguments["name"]} errors={errors}>
        {(attributes) => (
          <input
            {...attributes}
            value={draft.name}
            spellCheck={false}
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </FormField>
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
          <FormField
            key={name}
            path={["autoscaling", name]}
            label={capitalize(humanize(name))}
            errors={errors}
          >
            {(attributes) => (
              <input
                {...attributes}
                inputMode="numeric"
                value={draft.autoscaling.get(name) ?? ""}
                placeholder={String(template.vendorConfiguration.endpointConfig[name])}
                onChange={({ target }) =>
                  change({
                    autoscaling: withText(draft.autoscaling, name, target.value || undefined),
                  })
                }
              />
            )}
          </FormField>
        ))}
      </fieldset>
      <LabelRows labels={draft.labels} errors={errors} onLabels={(labels) => change({ labels })} />
    </form>
  );
}
