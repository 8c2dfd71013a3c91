import { useState } from "react";
import type { Parameter, UserError } from "../api/types";
import { PARAMETERS, type TextByName } from "./draft";
import { errorsAt } from "../ui/fieldErrors";
import { ParameterField } from "./ParameterField";
import "./ParameterFields.css";

interface Props {
  readonly parameters: readonly Parameter[];
  readonly texts: TextByName;
  readonly errors: readonly UserError[];
  readonly onText: (name: string, text: string | undefined) => void;
}

/** The template's parameters, of which the advanced ones are folded away. */
export function ParameterFields(props: Props) {
  const { parameters } = props;
  const [ordinary, advanced] = [false, true].map((isAdvanced) =>
    parameters.filter((parameter) => parameter.advanced === isAdvanced),
  ) as [Parameter[], Parameter[]];
  return (
    <fieldset>
      <legend>Parameters</legend>
      {parameters.length === 0 && <p className="no-value">This template has no parameters.</p>}
      <Fields {...props} parameters={ordinary} />
      {advanced.length > 0 && <AdvancedFields {...props} parameters={advanced} />}
    </fieldset>
  );
}

/** They are open if one of them has to be filled in, and open when one of them has an error. */
function AdvancedFields(props: Props) {
  const { parameters, errors } = props;
  const isAsked = ({ required, ...parameter }: Parameter) =>
    required && parameter["default"] === null;
  const [isOpen, setOpen] = useState(parameters.some(isAsked));
  const hasErrors = parameters.some(({ name }) => errorsAt(errors, [PARAMETERS, name]).length > 0);
  return (
    <details
      className="advanced"
      open={isOpen || hasErrors}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary>Advanced ({parameters.length})</summary>
      <Fields {...props} />
    </details>
  );
}

function Fields({ parameters, texts, errors, onText }: Props) {
  return parameters.map((parameter) => (
    <ParameterField
      key={parameter.name}
      parameter={parameter}
      text={texts.get(parameter.name)}
      errors={errors}
      onText={(text) => onText(parameter.name, text)}
    />
  ));
}
