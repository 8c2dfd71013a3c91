import { Button, NativeSelect, TextInput } from "@mantine/core";
import { Fragment } from "react";
import { toJson, type Value } from "../api/json";
import type { Parameter, UserError } from "../api/types";
import { elementId, errorsBelow } from "../ui/fieldErrors";
import { enumLabel, humanize } from "../ui/format";
import { PARAMETERS } from "./draft";
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
  const path = [PARAMETERS, name];
  const attributes = {
    id: elementId(path),
    label: (
      <>
        {title !== null && <span className="parameter-title">{title} </span>}
        <code>{name}</code> <span className="parameter-type">{enumLabel(type)}</span>
        {required && <span className="required"> required</span>}
        {parameter.secret && <span className="parameter-type"> secret</span>}
      </>
    ),
    description: <ParameterHint parameter={parameter} />,
    error: errorsBelow(errors, path),
  };
  const choices = parameter.enum?.map(valueLabel) ?? (type === "BOOL" ? ["true", "false"] : null);
  if (choices) {
    return (
      <NativeSelect
        {...attributes}
        value={text ?? ""}
        data={[
          { value: "", label: emptyLabel(parameter) },
          ...choices.map((choice, n) => ({
            value: parameter.enum ? String(n) : choice,
            label: choice,
          })),
        ]}
        onChange={(event) => onText(event.currentTarget.value || undefined)}
      />
    );
  }
  const isString = type === "STR";
  return (
    <TextInput
      {...attributes}
      type={parameter.secret ? "password" : "text"}
      value={text ?? ""}
      spellCheck={false}
      autoCapitalize="off"
      // Browsers fill in passwords of their own in spite of "off".
      autoComplete={parameter.secret ? "new-password" : "off"}
      inputMode={isString ? "text" : "decimal"}
      placeholder={text === "" ? "empty text" : emptyLabel(parameter)}
      onChange={(event) => onText(event.currentTarget.value || undefined)}
      // An empty input means no value, so texts have a button to send the empty text.
      {...(isString &&
        !text && {
          rightSectionWidth: 64,
          rightSection: (
            <Button
              variant="subtle"
              size="compact-xs"
              aria-pressed={text === ""}
              title="Send an empty text"
              aria-label={`${name}: send an empty text`}
              onClick={() => onText(text === "" ? undefined : "")}
            >
              {text === "" ? "none" : "empty"}
            </Button>
          ),
        })}
    />
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
