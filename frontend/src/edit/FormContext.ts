import { createContext, useContext } from "react";
import type { UserError } from "../api/types";
import type { DraftValue } from "./draft";

interface Form {
  /** Errors that are shown. */
  readonly errors: readonly UserError[];
  readonly warnings: readonly UserError[];
  readonly onChange: (path: readonly string[], value: DraftValue) => void;
}

export const FormContext = createContext<Form | null>(null);

export function useForm(): Form {
  const form = useContext(FormContext);
  if (form === null) throw new Error("useForm needs a FormContext.");
  return form;
}
