import { Fragment } from "react";
import { toJson, type Value } from "../api/json";
import type { Parameter, UserError } from "../api/types";
import { enumLabel, humanize } from "../ui/format";
import { PARAMETERS } from "./draft";
import { FormField, type InputAttributes } from "./FormField";
import "./ParameterField.css";

interface Props {
  readonly parameter: Parameter;
  /** What is typed or selected; undefined if the parameter is not given a value. */
  readonly text: string | undefined;
  readonly errors: readonly UserError[];
  readonly onText: (text: string | undefined) => void;
}

/** A parameter with the input that fits its type. */
export function ParameterField({ parameter, text, errors, onText }: Props) {
  const { name, title, type, required } = parameter;
  const label = (
    <>
      {title !== null && <span className="parameter-title">{title} </span>}
      <code>{name}</code> <span className="parameter-type">{enumLabel(type)}</span>
      {required && <span className="required"> required</span>}
      {parameter.secret && <span className="parameter-type"> secret</span>}
    </>
  );
  const choices = parameter.enum?.map(valueLabel) ?? (type === "BOOL" ? ["true", "false"] : null);
  return (
    <FormField
      path={[PARAMETERS, name]}
      label={label}
      hint={<ParameterHint parameter={parameter} />}
      errors={errors}
    >
      {(attributes) =>
        choices ? (
          <select
            {...attributes}
            value={text ?? ""}
            onChange={(event) => onText(event.target.value || undefined)}
          >
            <option value="">{emptyLabel(parameter)}</option>
            {choices.map((choice, n) => (
              <option key={choice} value={parameter.enum ? n : choice}>
                {choice}
              </option>
            ))}
          </select>
        ) : (
          <TextInput attributes={attributes} parameter={parameter} text={text} onText={onText} />
        )
      }
    </FormField>
  );
}

type TextInputProps = Omit<Props, "errors"> & { readonly attributes: InputAttributes };

/** An empty input means no value, so strings have a button to send the empty string. */
function TextInput({ attributes, parameter, text, onText }: TextInputProps) {
  const isString = parameter.type === "STR";
  return (
    <div className="text-input">
      <input
        {...attributes}
        type={parameter.secret ? "password" : "text"}
        value={text ?? ""}
        spellCheck={false}
        autoCapitalize="off"
        // Browsers fill in passwords of their own in spite of "off".
        autoComplete={parameter.secret ? "new-password" : "off"}
        inputMode={isString ? "text" : "decimal"}
        placeholder={text === "" ? "empty string" : emptyLabel(parameter)}
        onChange={(event) => onText(event.target.value || undefined)}
      />
      {isString && !text && (
        <button
          type="button"
          className="quiet"
          aria-pressed={text === ""}
          title="Send an empty string"
          aria-label={`${parameter.name}: send an empty string`}
          onClick={() => onText(text === "" ? undefined : "")}
        >
          “”
        </button>
      )}
    </div>
  );
}

/** Fields of a parameter that are no constraints, or that its input shows. */
const SHOWN_ELSEWHERE: ReadonlySet<string> = new Set<keyof Parameter>([
  ...(["name", "type", "description", "required", "default", "enum"] as const),
  ...(["secret", "title", "advanced"] as const),
]);

/** The description, and whichever constraints the parameter has. */
function ParameterHint({ parameter }: { parameter: Parameter }) {
  const { description } = parameter;
  const constraints = Object.entries(parameter as unknown as Record<string, Value>).filter(
    ([keyword, value]) => value !== null && !SHOWN_ELSEWHERE.has(keyword),
  );
  return (
    <>
      {description}
      {constraints.map(([keyword, value]) => (
        <Fragment key={keyword}>
          {" "}
          <span className="constraint">
            {humanize(keyword)} <code>{valueLabel(value)}</code>
          </span>
        </Fragment>
      ))}
    </>
  );
}

function emptyLabel(parameter: Parameter): string {
  if (parameter.default === null) return "no value";
  return parameter.secret ? "has a default" : `default: ${valueLabel(parameter.default)}`;
}

function valueLabel(value: Value): string {
  return typeof value === "string" ? value || "“”" : toJson(value);
}
