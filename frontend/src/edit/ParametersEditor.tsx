import { ActionIcon, Badge, Button, CloseButton, Group, Text, UnstyledButton } from "@mantine/core";
import type { InputField } from "contract:catalog";
import { useState } from "react";
import { elementId, errorsAt } from "../ui/fieldErrors";
import { enumLabel } from "../ui/format";
import { draftOf, type Draft } from "./draft";
import { FieldInput } from "./FieldInput";
import { useForm } from "./FormContext";

interface Props {
  /** The field of the list. */
  readonly field: InputField;
  readonly path: readonly string[];
  readonly items: readonly Draft[];
  readonly onItems: (items: readonly Draft[]) => void;
}

const ALWAYS = ["name", "type", "description", "default", "required"];
/** The types that a constraint has a meaning for; others have one for every type. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
  minimum: ["INT", "FLOAT"],
  maximum: ["INT", "FLOAT"],
  minLength: ["STR"],
  maxLength: ["STR"],
  pattern: ["STR"],
  enum: ["STR", "INT", "FLOAT"],
};

/** The parameters of a template, in the order in which forms ask for them. */
export function ParametersEditor({ field, path, items, onItems }: Props) {
  // A template may have 200 of them, and only few are edited at a time.
  const [open, setOpen] = useState<number | null>(items.length === 1 ? 0 : null);
  const add = () => {
    onItems([...items, draftOf(field.fields ?? [], { type: "STR" })]);
    setOpen(items.length);
    const id = elementId([...path, String(items.length), "name"]);
    requestAnimationFrame(() => document.getElementById(id)?.focus());
  };
  const swap = (n: number) => {
    const [a, b] = [items[n], items[n + 1]];
    if (!a || !b) return;
    onItems(items.with(n, b).with(n + 1, a));
    if (open === n || open === n + 1) setOpen(open === n ? n + 1 : n);
  };
  return (
    <div className="parameters">
      {items.map((item, n) => (
        <Parameter
          key={n}
          fields={field.fields ?? []}
          path={[...path, String(n)]}
          draft={item}
          position={n + 1}
          isOpen={open === n}
          onToggle={() => setOpen(open === n ? null : n)}
          onUp={n > 0 ? () => swap(n - 1) : null}
          onDown={n < items.length - 1 ? () => swap(n) : null}
          onRemove={() => {
            setOpen(null);
            onItems(items.toSpliced(n, 1));
            document.getElementById(elementId(path))?.focus();
          }}
        />
      ))}
      <Group>
        <Button id={elementId(path)} variant="default" onClick={add}>
          Add parameter
        </Button>
      </Group>
    </div>
  );
}

interface ParameterProps {
  readonly fields: readonly InputField[];
  readonly path: readonly string[];
  readonly draft: Draft;
  readonly position: number;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onUp: (() => void) | null;
  readonly onDown: (() => void) | null;
  readonly onRemove: () => void;
}

function Parameter(props: ParameterProps) {
  const { fields, path, draft, position, isOpen, onToggle, onUp, onDown, onRemove } = props;
  const { errors } = useForm();
  const name = String(draft["name"] ?? "");
  const type = String(draft["type"] ?? "");
  const title = name || `Parameter ${position}`;
  const constraints = fields.filter(
    (field) => !ALWAYS.includes(field.name) && fits(field, type, draft),
  );
  const wrong = errorsAt(errors, path).length;
  const inputs = (names: readonly InputField[]) =>
    names.map((field) => (
      <div
        key={field.name}
        className={["description", "type", "enum"].includes(field.name) ? "wide" : undefined}
      >
        <FieldInput
          field={field}
          path={[...path, field.name]}
          value={draft[field.name] ?? null}
          siblings={draft}
        />
      </div>
    ));
  return (
    <section className="card parameter" aria-label={title}>
      <div className="split-row">
        <Group gap="xs" component="h3" m={0}>
          <UnstyledButton
            id={elementId(path)}
            className="disclosure"
            aria-expanded={isOpen}
            onClick={onToggle}
          >
            <Text span fw={600} size="sm" ff={name ? "monospace" : "text"}>
              {title}
            </Text>
          </UnstyledButton>
          {draft["required"] === true && <Badge size="sm">required</Badge>}
          {type && <Badge size="sm">{enumLabel(type)}</Badge>}
          {wrong > 0 && (
            <Badge size="sm" color="red">
              {wrong === 1 ? "1 error" : `${wrong} errors`}
            </Badge>
          )}
        </Group>
        <Group gap={2}>
          <ActionIcon aria-label={`Move ${title} up`} disabled={!onUp} onClick={() => onUp?.()}>
            <span aria-hidden>↑</span>
          </ActionIcon>
          <ActionIcon
            aria-label={`Move ${title} down`}
            disabled={!onDown}
            onClick={() => onDown?.()}
          >
            <span aria-hidden>↓</span>
          </ActionIcon>
          <CloseButton aria-label={`Remove ${title}`} onClick={onRemove} />
        </Group>
      </div>
      {isOpen && (
        <>
          <div className="form-fields">
            {inputs(ALWAYS.flatMap((known) => fields.find((field) => field.name === known) ?? []))}
          </div>
          <details className="advanced">
            <summary>
              Constraints <span className="count-of-fields">{constraints.length}</span>
            </summary>
            <div className="form-fields">{inputs(constraints)}</div>
          </details>
        </>
      )}
    </section>
  );
}

/** Whether a constraint may be set; one that is set is shown, so that it can be removed. */
function fits({ name }: InputField, type: string, draft: Draft): boolean {
  const value = draft[name];
  const isSet = Array.isArray(value) ? value.length > 0 : Boolean(value);
  return isSet || TYPES[name] === undefined || TYPES[name].includes(type);
}
