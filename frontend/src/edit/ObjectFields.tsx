import type { InputField } from "contract:catalog";
import type { Draft } from "./draft";
import { isAsked, kindOf } from "./draft";
import { FieldInput } from "./FieldInput";
import { isAdvanced } from "./fields";
import { errorsAt } from "../ui/fieldErrors";
import { useForm } from "./FormContext";

interface Props {
  readonly fields: readonly InputField[];
  readonly path: readonly string[];
  readonly draft: Draft;
}

/** An object's fields: those that most templates set, then the others, folded. */
export function ObjectFields({ fields, path, draft }: Props) {
  const asked = fields.filter(isAsked);
  const advanced = asked.filter(isAdvanced);
  const { errors } = useForm();
  const wrong = advanced.filter(({ name }) => errorsAt(errors, [...path, name]).length > 0).length;
  return (
    <>
      <Fields fields={asked.filter((field) => !isAdvanced(field))} path={path} draft={draft} />
      {advanced.length > 0 && (
        <details className="advanced">
          <summary>
            More settings <span className="count-of-fields">{advanced.length}</span>
            {wrong > 0 && <span className="field-error"> has errors</span>}
          </summary>
          <Fields fields={advanced} path={path} draft={draft} />
        </details>
      )}
    </>
  );
}

function Fields({ fields, path, draft }: Props) {
  const isWide = (field: InputField) =>
    isRequiredEnum(field) || !["text", "number", "boolean", "enum"].includes(kindOf(field));
  return (
    <div className="form-fields">
      {fields.map((field) => (
        <div
          key={field.name}
          className={isWide(field) || field.name === "description" ? "wide" : undefined}
        >
          <FieldInput
            field={field}
            path={[...path, field.name]}
            value={draft[field.name] ?? null}
            siblings={draft}
          />
        </div>
      ))}
    </div>
  );
}

function isRequiredEnum(field: InputField): boolean {
  return kindOf(field) === "enum" && !field.isNullable && field.default === undefined;
}
