import { Checkbox, Group, NativeSelect, Radio, Textarea, TextInput } from "@mantine/core";
import type { InputField } from "contract:catalog";
import { isRecord } from "../api/json";
import { capitalize, enumLabel, humanize } from "../ui/format";
import { hasEmptyValue, kindOf, type Draft, type Pair } from "./draft";
import { useForm } from "./FormContext";
import { JsonInput } from "./JsonInput";
import { ListInput } from "./ListInput";
import { ObjectFields } from "./ObjectFields";
import { PairsInput } from "./PairsInput";
import { useFieldAttributes, type FieldProps } from "./useFieldAttributes";

/** The input that fits a field's kind. */
export function FieldInput(props: FieldProps) {
  const { field, path, value } = props;
  const { onChange } = useForm();
  const attributes = useFieldAttributes(props);
  switch (kindOf(field)) {
    case "boolean":
      return (
        <Checkbox
          {...attributes}
          checked={value === true}
          onChange={(event) => onChange(path, event.currentTarget.checked)}
        />
      );
    case "enum":
      return <EnumInput {...props} />;
    case "map":
      return <PairsInput {...props} pairs={value as readonly Pair[] | null} />;
    case "texts":
    case "jsons":
      return <ListInput {...props} values={value as readonly string[] | null} />;
    case "json":
      return <JsonInput {...props} text={value as string | null} />;
    case "object":
      return isRecord(value) ? (
        <fieldset className="form-group">
          <legend>{capitalize(humanize(field.name))}</legend>
          <ObjectFields fields={field.fields ?? []} path={path} draft={value as Draft} />
        </fieldset>
      ) : null;
    case "objects":
      return null; // Parameters have an editor of their own.
    default:
      return <TextField {...props} />;
  }
}

function TextField(props: FieldProps) {
  const { field, path, value } = props;
  const form = useForm();
  const onChange = (text: string) =>
    form.onChange(path, text === "" && hasEmptyValue(field) ? null : text);
  const common = {
    ...useFieldAttributes(props),
    value: String(value ?? ""),
    placeholder: defaultText(field),
    spellCheck: field.name === "description",
    autoComplete: "off",
  };
  if (field.name === "description" && path.length === 1) {
    return (
      <Textarea
        {...common}
        autosize
        minRows={3}
        maxRows={14}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <TextInput
      {...common}
      inputMode={kindOf(field) === "number" ? "decimal" : "text"}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

function defaultText(field: InputField): string {
  if (field.default === undefined || field.default === null) return "";
  return `${String(field.default)} (default)`;
}

/** Few choices, one of which has to be made, are all in sight. */
function EnumInput(props: FieldProps) {
  const { field, path, value } = props;
  const { onChange } = useForm();
  const { id, ...attributes } = useFieldAttributes(props);
  const members = field.members ?? [];
  if (attributes.withAsterisk) {
    return (
      <Radio.Group
        {...attributes}
        name={id}
        value={String(value)}
        onChange={(member) => onChange(path, member)}
      >
        <Group gap="xs" mt={6}>
          {members.map((member, n) => (
            <Radio.Card
              key={member}
              value={member}
              className="choice-card"
              {...(n === 0 && { id })}
            >
              <Group gap={8} wrap="nowrap">
                <Radio.Indicator size="xs" />
                <span>{enumLabel(member)}</span>
              </Group>
            </Radio.Card>
          ))}
        </Group>
      </Radio.Group>
    );
  }
  const none =
    field.default === undefined || field.default === null
      ? "None"
      : `${enumLabel(String(field.default))} (default)`;
  return (
    <NativeSelect
      {...attributes}
      id={id}
      value={String(value ?? "")}
      data={[
        { value: "", label: none },
        ...members.map((member) => ({ value: member, label: enumLabel(member) })),
      ]}
      onChange={(event) => onChange(path, event.currentTarget.value)}
    />
  );
}
