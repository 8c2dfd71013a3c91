import type { SchemaField } from "contract:catalog";
import { isRecord } from "../api/json";
import type { Fields } from "../api/types";
import { capitalize, humanize } from "../ui/format";
import { FieldValue } from "./FieldValue";
import "./SchemaFields.css";

interface Props {
  readonly fields: readonly SchemaField[];
  /** The object that has these fields. */
  readonly of: Fields;
}

/** The fields of an object that have a value: plain ones in rows, objects in sections, lists of objects in tables. */
export function SchemaFields({ fields, of }: Props) {
  const isSet = ({ name }: SchemaField) => of[name] !== null && of[name] !== undefined;
  const plain = fields.filter((field) => field.fields === undefined && isSet(field));
  const nested = fields.filter((field) => field.fields !== undefined && isSet(field));
  return (
    <>
      {plain.length > 0 && (
        <dl className="fields">
          {plain.map((field) => (
            <div key={field.name}>
              <dt title={field.description}>{capitalize(humanize(field.name))}</dt>
              <dd>
                <FieldValue field={field} value={of[field.name]} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {nested.map((field) => (
        <NestedFields key={field.name} field={field} value={of[field.name]} />
      ))}
    </>
  );
}

function NestedFields({ field, value }: { field: SchemaField; value: unknown }) {
  const fields = field.fields ?? [];
  const isCard = !fields.some(({ fields: inner, list }) => inner && !list);
  return (
    <section className={isCard ? "card" : "field-group stack"}>
      <h2>{capitalize(humanize(field.name))}</h2>
      {field.description && <p className="hint">{field.description}</p>}
      {isRecord(value) && <SchemaFields fields={fields} of={value} />}
      {Array.isArray(value) && <FieldTable fields={fields} rows={value.filter(isRecord)} />}
    </section>
  );
}

/** Leaves out columns that are empty in every row. */
function FieldTable({ fields, rows }: { fields: readonly SchemaField[]; rows: readonly Fields[] }) {
  const columns = fields.filter(({ name }) => rows.some((row) => row[name] !== null));
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
