import { autoscaling, planArguments } from "contract:catalog";
import { parametersOf, withText, type Draft } from "./draft";
import { Field } from "./FormField";
import { LabelRows } from "./LabelRows";
import { ParameterField } from "./ParameterField";
import type { Template, UserError } from "../api/types";
import { capital, spaced } from "../ui/format";

interface Props {
  readonly template: Template;
  readonly draft: Draft;
  readonly errors: readonly UserError[];
  readonly onDraft: (draft: Draft) => void;
}

/** The form that the template's own schema describes, and the plan's other arguments. */
export function LaunchForm({ template, draft, errors, onDraft }: Props) {
  const change = (change: Partial<Draft>) => onDraft({ ...draft, ...change });
  const parameters = parametersOf(template);
  return (
    <form className="card form" aria-label="Launch" onSubmit={(event) => event.preventDefault()}>
      <Field path={["name"]} label="Name" hint={planArguments["name"]} errors={errors}>
        {(control) => (
          <input
            {...control}
            value={draft.name}
            spellCheck={false}
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </Field>
      <fieldset>
        <legend>Parameters</legend>
        {parameters.length === 0 && <p className="none">The template leaves none open.</p>}
        {parameters.map((parameter) => (
          <ParameterField
            key={parameter.name}
            parameter={parameter}
            text={draft.parameters[parameter.name]}
            errors={errors}
            onText={(text) =>
              change({ parameters: withText(draft.parameters, parameter.name, text) })
            }
          />
        ))}
      </fieldset>
      <fieldset className="trio">
        <legend>Autoscaling</legend>
        <p className="hint">{planArguments["autoscaling"]}</p>
        {autoscaling.map((name) => (
          <Field
            key={name}
            path={["autoscaling", name]}
            label={capital(spaced(name))}
            errors={errors}
          >
            {(control) => (
              <input
                {...control}
                inputMode="numeric"
                value={draft.autoscaling[name] ?? ""}
                placeholder={String(template.vendorConfiguration.endpointConfig[name])}
                onChange={({ target }) =>
                  change({
                    autoscaling: withText(draft.autoscaling, name, target.value || undefined),
                  })
                }
              />
            )}
          </Field>
        ))}
      </fieldset>
      <LabelRows labels={draft.labels} errors={errors} onLabels={(labels) => change({ labels })} />
    </form>
  );
}
