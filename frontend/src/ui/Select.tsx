import { ComboboxChevron, Input } from "@mantine/core";
import { useId, type ChangeEvent } from "react";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (event: ChangeEvent<HTMLSelectElement>) => void;
  readonly className?: string;
}

/** The browser's select. Mantine's NativeSelect is rendered twice, the second time with its id. */
export function Select({ label, options, className, ...attributes }: Props) {
  const id = useId();
  return (
    <div className={className}>
      <Input.Label htmlFor={id}>{label}</Input.Label>
      <Input
        component="select"
        id={id}
        pointer
        rightSection={<ComboboxChevron />}
        rightSectionPointerEvents="none"
        {...attributes}
      >
        {options.map(({ value, label: text }) => (
          <option key={value} value={value}>
            {text}
          </option>
        ))}
      </Input>
    </div>
  );
}
