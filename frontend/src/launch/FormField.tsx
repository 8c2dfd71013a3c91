import type { ReactNode } from "react";
import { fieldId } from "./draft";
import type { UserError } from "../api/types";

/** What the control of a field must carry. */
export interface Control {
  readonly id: string;
  readonly "aria-describedby": string;
  readonly "aria-invalid": boolean;
}

interface Props {
  /** Where the server says that this field is. */
  readonly path: readonly string[];
  readonly label: ReactNode;
  readonly hint?: ReactNode;
  readonly errors: readonly UserError[];
  readonly children: (control: Control) => ReactNode;
}

/** A labelled control with what the server says of it. */
export function Field({ path, label, hint, errors, children }: Props) {
  const id = fieldId(path);
  const mine = errorsAt(errors, path);
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {hint && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
      {children({
        id,
        "aria-describedby": `${id}-hint ${id}-error`,
        "aria-invalid": mine.length > 0,
      })}
      <p id={`${id}-error`} className="problem">
        {mine.map(({ message }) => message).join(" ")}
      </p>
    </div>
  );
}

export function errorsAt(
  errors: readonly UserError[],
  path: readonly string[],
): readonly UserError[] {
  return errors.filter((error) => path.every((step, n) => error.path[n] === step));
}
