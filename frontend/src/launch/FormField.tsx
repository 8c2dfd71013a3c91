import type { ReactNode } from "react";
import type { UserError } from "../api/types";
import { elementId } from "./draft";
import "./FormField.css";

/** Attributes that tie the input to its label, hint and errors. */
export interface InputAttributes {
  readonly id: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": boolean;
}

interface Props {
  /** The path that the server's errors about this field have. */
  readonly path: readonly string[];
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  /** Of the whole form; the field shows its own. */
  readonly errors: readonly UserError[];
  readonly children: (attributes: InputAttributes) => ReactNode;
}

/** An input with its label, hint and errors. */
export function FormField({ path, label, hint, errors, children }: Props) {
  const id = elementId(path);
  const own = errorsAt(errors, path);
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
      {children({
        id,
        "aria-describedby": `${id}-hint ${id}-error`,
        "aria-invalid": own.length > 0,
      })}
      <p id={`${id}-error`} className="field-error">
        {own.map(({ message }) => message).join(" ")}
      </p>
    </div>
  );
}

/** The errors whose path starts with `path`. */
export function errorsAt(
  errors: readonly UserError[],
  path: readonly string[],
): readonly UserError[] {
  return errors.filter((error) => path.every((step, n) => error.path[n] === step));
}
