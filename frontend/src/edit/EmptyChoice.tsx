import { Checkbox } from "@mantine/core";
import { capitalize, humanize } from "../ui/format";
import { hasEmptyValue } from "./draft";
import { useForm } from "./FormContext";
import type { FieldProps } from "./useFieldAttributes";

interface Props extends Pick<FieldProps, "field" | "path"> {
  /** What the rows are, in the singular. */
  readonly what: string;
  /** Null if the field is not set. */
  readonly rows: readonly unknown[] | null;
}

/** Whether a list or map without rows is set all the same, where that makes a difference. */
export function EmptyChoice({ field, path, what, rows }: Props) {
  const { onChange } = useForm();
  if (!hasEmptyValue(field) || (rows !== null && rows.length > 0)) return null;
  const label = `set, without any ${what}s`;
  return (
    <Checkbox
      size="xs"
      label={capitalize(label)}
      aria-label={`${capitalize(humanize(field.name))}: ${label}`}
      checked={rows !== null}
      onChange={(event) => onChange(path, event.currentTarget.checked ? [] : null)}
    />
  );
}
