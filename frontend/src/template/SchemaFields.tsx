import type { SchemaField } from "contract:catalog";
import { isRecord } from "../api/json";
import type { Fields } from "../api/types";
import { capitalize, humanize, pluralize } from "../ui/format";
import { FieldValue } from "./FieldValue";
import "./SchemaFields.css";

interface Props {
  readonly fields: readonly SchemaField[];
  /** The object that has these fields. */
  readonly of: Fields;
  /** Whether plain fields without a value are folded away. */
  readonly folds?: boolean;
}

/** An object's fields: plain ones in rows, objects in sections, lists of objects in tables. */
export function SchemaFields({ fields, of, folds = false }: Props) {
  const plain = fields.filter((field) => field.fields === undefined);
  const nested = fields.filter((field) => field.fields !== undefined);
  const folded = folds ? plain.filter(({ name }) => isEmpty(of[name])) : [];
  const shown = plain.filter((field) => !folded.includes(field));
  return (
    <>
      {shown.length > 0 && <FieldRows fields={shown} of={of} />}
      {folded.length > 0 && (
        <details className="unset-fields">
          <summary>{pluralize(folded.length, "field")} without a value</summary>
          <FieldRows fields={folded} of={of} />
        </details>
      )}
      {nested.map((field) => (
        <NestedFields key={field.name} field={field} value={of[field.name]} />
      ))}
    </>
  );
}

function FieldRows({ fields, of }: Props) {
  return (
    <dl className="fields">
      {fields.map((field) => (
        <div key={field.name}>
          <dt title={field.description}>{capitalize(humanize(field.name))}</dt>
          <dd>
            <FieldValue field={field} value={of[field.name]} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== "object") return value === undefined;
  return value === null || Object.keys(value).length === 0;
}

function NestedFields({ field, value }: { field: SchemaField; value: unknown }) {
  const fields = field.fields ?? [];
  const isCard = !fields.some(({ fields: inner, list }) => inner && !list);
  return (
    <section className={isCard ? "card" : "field-group stack"}>
      <h2>{capitalize(humanize(field.name))}</h2>
      {field.description && <p className="hint">{field.description}</p>}
      {value === null && <p className="no-value">None.</p>}
      {isRecord(value) && <SchemaFields fields={fields} of={value} folds />}
      {Array.isArray(value) && <FieldTable fields={fields} rows={value.filter(isRecord)} />}
    </section>
  );
}

/** Leaves out columns that have no value, or "no", in every row. */
function FieldTable({ fields, rows }: { fields: readonly SchemaField[]; rows: readonly Fields[] }) {
  const columns = fields.filter(({ name }) =>
    rows.some((row) => row[name] !== null && row[name] !== false),
  );
  if (rows.length === 0) return <p className="no-value">None.</p>;
  return (
    <div className="field-table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {columns.map(({ name, description }) => (
              <th key={name} scope="col" title={description}>
                {capitalize(humanize(name))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, n) => (
            <tr key={n}>
              {columns.map((field) => (
                <td key={field.name}>
                  <FieldValue field={field} value={row[field.name]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
