import { NativeSelect, Switch } from "@mantine/core";
import { useId, type FormEvent, type ReactNode, type SyntheticEvent } from "react";
import type { UserError } from "../api/types";
import { draftOf, kindOf, withValue, type Draft, type DraftValue } from "./draft";
import { sections, type Section } from "./fields";
import { FormContext } from "./FormContext";
import { ObjectFields } from "./ObjectFields";
import { ParametersEditor } from "./ParametersEditor";
import { isRecord } from "../api/json";
import { elementId } from "../ui/fieldErrors";

interface Props {
  readonly draft: Draft;
  readonly onDraft: (draft: Draft) => void;
  /** Errors that are shown. */
  readonly errors: readonly UserError[];
  readonly warnings: readonly UserError[];
  /** The accounts to choose from; none if there is no choice. */
  readonly accounts: readonly string[];
  readonly accountId: string;
  readonly onAccount: (accountId: string) => void;
  /** An input was left or changed. */
  readonly onTouch: (elementId: string) => void;
  readonly onSubmit: () => void;
  /** What stands beside the sections: errors, warnings and buttons. */
  readonly children: ReactNode;
}

/** The form of a template, in sections. */
export function TemplateForm(props: Props) {
  const { draft, onDraft, errors, warnings, accounts, accountId, onAccount, onTouch } = props;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.onSubmit();
  };
  const touch = (event: SyntheticEvent) => {
    if (event.target instanceof HTMLElement) onTouch(event.target.id);
  };
  const onChange = (path: readonly string[], value: DraftValue) => {
    onTouch(elementId(path));
    onDraft(withValue(draft, path, value));
  };
  return (
    <FormContext value={{ errors, warnings, onChange }}>
      <form
        className="template-form"
        aria-label="Template"
        noValidate
        onSubmit={submit}
        onBlur={touch}
      >
        <div className="stack">
          {accounts.length > 1 && (
            <section className="card">
              <NativeSelect
                id={elementId(["accountId"])}
                label="Account"
                description="The account that owns the template."
                data={[...accounts]}
                value={accountId}
                onChange={(event) => onAccount(event.currentTarget.value)}
              />
            </section>
          )}
          {sections.map((section) => (
            <FormSection
              key={section.path.join(".")}
              section={section}
              draft={draft}
              onChange={onChange}
            />
          ))}
        </div>
        <div className="form-side stack">{props.children}</div>
      </form>
    </FormContext>
  );
}

interface SectionProps {
  readonly section: Section;
  readonly draft: Draft;
  readonly onChange: (path: readonly string[], value: DraftValue) => void;
}

function FormSection({ section, draft, onChange }: SectionProps) {
  const { title, description, path, fields, isOptional } = section;
  const heading = useId();
  const value = path.reduce<DraftValue>(
    (at, step) => (isRecord(at) ? ((at as Draft)[step] ?? null) : null),
    draft,
  );
  const list =
    fields.length === 1 && fields[0] && kindOf(fields[0]) === "objects" ? fields[0] : null;
  return (
    <section className="card form-section" aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {description && <p className="hint">{description}</p>}
      {list && (
        <ParametersEditor
          field={list}
          path={[...path, list.name]}
          items={isRecord(value) ? ((value as Draft)[list.name] as readonly Draft[]) : []}
          onItems={(items) =>
            onChange(path, items.length === 0 && isOptional ? null : { [list.name]: items })
          }
        />
      )}
      {!list && isOptional && (
        <Switch
          id={elementId(path)}
          label={`${title} is configured`}
          checked={value !== null}
          onChange={(event) =>
            onChange(path, event.currentTarget.checked ? draftOf(fields, {}) : null)
          }
        />
      )}
      {!list && isRecord(value) && (
        <ObjectFields fields={fields} path={path} draft={value as Draft} />
      )}
    </section>
  );
}
