import { Text } from "@mantine/core";
import type { InputField } from "contract:catalog";
import { elementId, errorText } from "../ui/fieldErrors";
import { capitalize, humanize } from "../ui/format";
import type { Draft, DraftValue } from "./draft";
import { useForm } from "./FormContext";

export interface FieldProps {
  readonly field: InputField;
  readonly path: readonly string[];
  readonly value: DraftValue;
  /** The other fields of the same object. */
  readonly siblings: Draft;
}

/** What an input of any kind has: its id, label, help and errors. */
export function useFieldAttributes({ field, path }: Pick<FieldProps, "field" | "path">) {
  const { errors, warnings } = useForm();
  const warned = errorText(warnings, path);
  return {
    id: elementId(path),
    label: capitalize(humanize(field.name)),
    description: (
      <>
        {field.description}
        {warned && (
          <Text span display="block" size="xs" c="var(--warning)">
            {warned}
          </Text>
        )}
      </>
    ),
    error: errorText(errors, path),
    withAsterisk: isRequired(field),
  };
}

function isRequired({ isNullable, ...field }: InputField): boolean {
  return !isNullable && field.default === undefined;
}
