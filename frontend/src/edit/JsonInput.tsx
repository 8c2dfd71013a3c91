import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useForm } from "./FormContext";
import { useFieldAttributes, type FieldProps } from "./useFieldAttributes";

/** A parameter's default, by the parameter's type. An empty text is a value, too, if one says so. */
export function JsonInput({
  field,
  path,
  siblings,
  text,
}: FieldProps & { readonly text: string | null }) {
  const { onChange } = useForm();
  const attributes = useFieldAttributes({ field, path });
  const type = siblings["type"];
  if (type === "BOOL") {
    return (
      <NativeSelect
        {...attributes}
        value={text ?? ""}
        data={[{ value: "", label: "No default" }, "true", "false"]}
        onChange={(event) => onChange(path, event.currentTarget.value || null)}
      />
    );
  }
  return (
    <TextInput
      {...attributes}
      type={siblings["secret"] === true ? "password" : "text"}
      autoComplete={siblings["secret"] === true ? "new-password" : "off"}
      value={text ?? ""}
      placeholder={text === "" ? "empty text" : "no default"}
      spellCheck={false}
      inputMode={type === "STR" ? "text" : "decimal"}
      onChange={(event) => onChange(path, event.currentTarget.value || null)}
      {...(type === "STR" &&
        !text && {
          rightSectionWidth: 68,
          rightSection: (
            <Button
              variant="subtle"
              size="compact-xs"
              aria-pressed={text === ""}
              aria-label="The empty text is the default"
              title="The empty text is the default"
              onClick={() => onChange(path, text === "" ? null : "")}
            >
              {text === "" ? "none" : "empty"}
            </Button>
          ),
        })}
    />
  );
}
