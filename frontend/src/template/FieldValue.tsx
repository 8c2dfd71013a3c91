import type { SchemaField } from "contract:catalog";
import { isRecord } from "../api/json";
import type { Fields } from "../api/types";
import { enumLabel, formatDateTime } from "../ui/format";
import "./FieldValue.css";

/** The value of a field that is not an object, shown by its GraphQL type. */
export function FieldValue({ field, value }: { field: SchemaField; value: unknown }) {
  if (value === null || value === undefined) return <span className="no-value">none</span>;
  if (field.type === "DateTime") {
    return <time dateTime={String(value)}>{formatDateTime(String(value))}</time>;
  }
  if (field.list && Array.isArray(value)) return <ValueList values={value} />;
  if (field.type === "StringMap" && isRecord(value)) return <NameValuePairs pairs={value} />;
  if (field.type === "JSON" && isRecord(value)) return <JsonDocument value={value} />;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (field.type === "String" || field.type === "ID") {
    return <span className="string-value">{String(value)}</span>;
  }
  if (field.type === "JSON") return <code>{JSON.stringify(value)}</code>;
  return typeof value === "string" ? enumLabel(value) : String(value);
}

function ValueList({ values }: { values: readonly unknown[] }) {
  if (values.length === 0) return <span className="no-value">empty</span>;
  return (
    <ol className="value-list">
      {values.map((value, n) => (
        <li key={n}>
          <code>{typeof value === "string" ? value : JSON.stringify(value)}</code>
        </li>
      ))}
    </ol>
  );
}

function NameValuePairs({ pairs }: { pairs: Fields }) {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return <span className="no-value">empty</span>;
  return (
    <ul className="value-pairs">
      {entries.map(([name, value]) => (
        <li key={name}>
          <code>
            <span className="muted">{name}</span>={String(value)}
          </code>
        </li>
      ))}
    </ul>
  );
}

function JsonDocument({ value }: { value: Fields }) {
  return (
    <details>
      <summary>Show JSON</summary>
      <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}
