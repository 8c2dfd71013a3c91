import { Fragment } from "react";
import { json, type Value } from "../api/json";
import { Field, type Control } from "./FormField";
import type { Parameter, UserError } from "../api/types";
import { lower, spaced } from "../ui/format";

interface Props {
  readonly parameter: Parameter;
  /** What is typed or chosen; undefined while no value is given. */
  readonly text: string | undefined;
  readonly errors: readonly UserError[];
  readonly onText: (text: string | undefined) => void;
}

/** One parameter, in the control that fits its type. */
export function ParameterField({ parameter, text, errors, onText }: Props) {
  const { name, type, required } = parameter;
  const label = (
    <>
      <code>{name}</code> <span className="type">{lower(type)}</span>
      {required && <span className="required"> required</span>}
    </>
  );
  const choices = parameter.enum?.map(shown) ?? (type === "BOOL" ? ["true", "false"] : null);
  return (
    <Field
      path={["modelCreationParameters", name]}
      label={label}
      hint={<Hint parameter={parameter} />}
      errors={errors}
    >
      {(control) =>
        choices ? (
          <select
            {...control}
            value={text ?? ""}
            onChange={(event) => onText(event.target.value || undefined)}
          >
            <option value="">{withoutValue(parameter)}</option>
            {choices.map((choice, n) => (
              <option key={choice} value={parameter.enum ? n : choice}>
                {choice}
              </option>
            ))}
          </select>
        ) : (
          <TextField control={control} parameter={parameter} text={text} onText={onText} />
        )
      }
    </Field>
  );
}

type TextProps = Omit<Props, "errors"> & { readonly control: Control };

/** An emptied field gives no value; that the value is an empty text has to be said. */
function TextField({ control, parameter, text, onText }: TextProps) {
  const isText = parameter.type === "STR";
  return (
    <div className="typed">
      <input
        {...control}
        value={text ?? ""}
        spellCheck={false}
        autoCapitalize="off"
        autoComplete="off"
        inputMode={isText ? "text" : "decimal"}
        placeholder={text === "" ? "empty text" : withoutValue(parameter)}
        onChange={(event) => onText(event.target.value || undefined)}
      />
      {isText && !text && (
        <button
          type="button"
          className="quiet"
          aria-pressed={text === ""}
          title="Give an empty text"
          aria-label={`${parameter.name}: give an empty text`}
          onClick={() => onText(text === "" ? undefined : "")}
        >
          “”
        </button>
      )}
    </div>
  );
}

/** Described and narrowed by whichever keywords the parameter has. */
function Hint({ parameter }: { parameter: Parameter }) {
  const { name, type, description, required, default: _, enum: __, ...keywords } = parameter;
  const narrowed = Object.entries(keywords as Record<string, Value>).filter(
    ([, value]) => value !== null,
  );
  return (
    <>
      {description}
      {narrowed.map(([keyword, value]) => (
        <Fragment key={keyword}>
          {" "}
          <span className="keyword">
            {spaced(keyword)} <code>{shown(value)}</code>
          </span>
        </Fragment>
      ))}
    </>
  );
}

function withoutValue(parameter: Parameter): string {
  return parameter.default === null ? "no value" : `default: ${shown(parameter.default)}`;
}

function shown(value: Value): string {
  return typeof value === "string" ? value || "“”" : json(value);
}
