import { Button, CloseButton, Group, Input, TextInput } from "@mantine/core";
import { elementId, errorsBelow, errorText } from "../ui/fieldErrors";
import { humanize } from "../ui/format";
import { withoutRow, type Pair } from "./draft";
import { EmptyChoice } from "./EmptyChoice";
import { useForm } from "./FormContext";
import { useFieldAttributes, type FieldProps } from "./useFieldAttributes";

/** Names and values, a row each: labels, or environment variables. */
export function PairsInput({
  field,
  path,
  pairs: given,
}: FieldProps & { readonly pairs: readonly Pair[] | null }) {
  const pairs = given ?? [];
  const { errors, warnings, onChange } = useForm();
  const { id, ...attributes } = useFieldAttributes({ field, path });
  const what = humanize(field.name)
    .replace(/\benv$/, "variable")
    .replace(/s$/, "");
  const paste = (n: number, text: string) => {
    const pasted = assignments(text);
    if (pasted.length === 0) return false;
    onChange(path, pairs.toSpliced(n, 1, ...pasted));
    return true;
  };
  return (
    <Input.Wrapper
      {...attributes}
      labelElement="div"
      label={field.name === "env" ? "Environment variables" : attributes.label}
    >
      <div
        className="rows"
        role="group"
        aria-label={field.name === "env" ? "Environment variables" : attributes.label}
      >
        {pairs.map((pair, n) => (
          <div key={n} className="pair-row">
            <TextInput
              aria-label={`Name of ${what} ${n + 1}`}
              placeholder="name"
              value={pair.name}
              spellCheck={false}
              autoComplete="off"
              error={pair.name === "" ? null : errorsBelow(errors, [...path, pair.name])}
              onPaste={(event) => {
                if (paste(n, event.clipboardData.getData("text"))) event.preventDefault();
              }}
              onChange={(event) =>
                onChange(path, pairs.with(n, { ...pair, name: event.currentTarget.value }))
              }
            />
            <TextInput
              id={elementId([...path, pair.name])}
              aria-label={`Value of ${what} ${n + 1}`}
              placeholder="value"
              value={pair.value}
              spellCheck={false}
              autoComplete="off"
              description={errorText(warnings, [...path, pair.name])}
              onChange={(event) =>
                onChange(path, pairs.with(n, { ...pair, value: event.currentTarget.value }))
              }
            />
            <CloseButton
              aria-label={`Remove ${what} ${pair.name || n + 1}`}
              onClick={() => onChange(path, withoutRow(field, pairs, n))}
            />
          </div>
        ))}
      </div>
      <Group mt={4}>
        <Button
          id={id}
          variant="subtle"
          size="compact-sm"
          onClick={() => onChange(path, [...pairs, { name: "", value: "" }])}
        >
          Add {what}
        </Button>
        <EmptyChoice field={field} path={path} what={what} rows={given} />
      </Group>
    </Input.Wrapper>
  );
}

/** The lines of a .env file, if a text consists of them. */
function assignments(text: string): Pair[] {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line && !line.startsWith("#"));
  const pairs = lines.flatMap((line) => {
    const [, name, value] = /^(?:export\s+)?([\w./-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined
      ? []
      : [{ name, value: value.replace(/^(["'])(.*)\1$/, "$2") }];
  });
  return pairs.length === lines.length ? pairs : [];
}
