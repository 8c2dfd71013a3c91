import { ActionIcon, Button, CloseButton, Group, Input, TextInput } from "@mantine/core";
import { elementId, errorsBelow } from "../ui/fieldErrors";
import { humanize } from "../ui/format";
import { withoutRow } from "./draft";
import { EmptyChoice } from "./EmptyChoice";
import { useForm } from "./FormContext";
import { useFieldAttributes, type FieldProps } from "./useFieldAttributes";

const WORDS: Readonly<Record<string, string>> = {
  command: "argument",
  streamingCommand: "argument",
  workerCommand: "argument",
  enum: "allowed value",
};

/** A list of texts, a row each, in an order that can be changed. */
export function ListInput({
  field,
  path,
  values: given,
}: FieldProps & { readonly values: readonly string[] | null }) {
  const { errors, onChange } = useForm();
  const values = given ?? [];
  const { id, ...attributes } = useFieldAttributes({ field, path });
  const what = WORDS[field.name] ?? humanize(field.name).replace(/s$/, "");
  const add = (n: number) => {
    onChange(path, values.toSpliced(n, 0, ""));
    requestAnimationFrame(() => document.getElementById(elementId([...path, String(n)]))?.focus());
  };
  const move = (n: number) => {
    const [a = "", b = ""] = [values[n - 1], values[n]];
    onChange(path, values.with(n - 1, b).with(n, a));
  };
  return (
    <Input.Wrapper
      {...attributes}
      labelElement="div"
      label={field.name === "enum" ? "Allowed values" : attributes.label}
    >
      <div className="rows" role="group" aria-label={attributes.label}>
        {values.map((value, n) => (
          <div key={n} className="list-row">
            <TextInput
              id={elementId([...path, String(n)])}
              aria-label={`${attributes.label}, ${what} ${n + 1}`}
              value={value}
              spellCheck={false}
              autoComplete="off"
              error={errorsBelow(errors, [...path, String(n)])}
              onChange={(event) => onChange(path, values.with(n, event.currentTarget.value))}
              onKeyDown={(event) => {
                if (event.key !== "Enter") return;
                event.preventDefault();
                add(n + 1);
              }}
              onPaste={(event) => {
                const lines = event.clipboardData.getData("text").trim().split("\n");
                if (lines.length === 1) return;
                event.preventDefault();
                onChange(path, values.toSpliced(n, 1, ...lines));
              }}
            />
            <ActionIcon
              aria-label={`Move ${what} ${n + 1} up`}
              disabled={n === 0}
              onClick={() => move(n)}
            >
              <span aria-hidden>↑</span>
            </ActionIcon>
            <CloseButton
              aria-label={`Remove ${what} ${n + 1}`}
              onClick={() => onChange(path, withoutRow(field, values, n))}
            />
          </div>
        ))}
      </div>
      <Group mt={4}>
        <Button id={id} variant="subtle" size="compact-sm" onClick={() => add(values.length)}>
          Add {what}
        </Button>
        <EmptyChoice field={field} path={path} what={what} rows={given} />
      </Group>
    </Input.Wrapper>
  );
}
