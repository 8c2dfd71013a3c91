import type { Shape } from "contract:catalog";
import type { Fields } from "../api/types";
import { capital, lower, moment, spaced } from "../ui/format";

interface Props {
  readonly shapes: readonly Shape[];
  readonly of: Fields;
}

/** Fields with their values: plain ones in rows, objects in sections, lists of objects in tables. */
export function Described({ shapes, of }: Props) {
  const plain = shapes.filter(({ fields }) => fields === undefined);
  const nested = shapes.filter(({ fields }) => fields !== undefined);
  return (
    <>
      {plain.length > 0 && (
        <dl className="fields">
          {plain.map((shape) => (
            <div key={shape.name}>
              <dt title={shape.description}>{capital(spaced(shape.name))}</dt>
              <dd>
                <Plain shape={shape} value={of[shape.name]} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      {nested.map((shape) => (
        <Nested key={shape.name} shape={shape} value={of[shape.name]} />
      ))}
    </>
  );
}

function Nested({ shape, value }: { shape: Shape; value: unknown }) {
  const fields = shape.fields ?? [];
  const isCard = !fields.some(({ fields: inner, list }) => inner && !list);
  return (
    <section className={isCard ? "card" : "group"}>
      <h2>{capital(spaced(shape.name))}</h2>
      {shape.description && <p className="hint">{shape.description}</p>}
      {value === null && <p className="none">None.</p>}
      {isRecord(value) && <Described shapes={fields} of={value} />}
      {Array.isArray(value) && <Table shapes={fields} rows={value.filter(isRecord)} />}
    </section>
  );
}

/** Columns that are empty in every row are left out. */
function Table({ shapes, rows }: { shapes: readonly Shape[]; rows: readonly Fields[] }) {
  const columns = shapes.filter(({ name }) => rows.some((row) => row[name] !== null));
  if (rows.length === 0) return <p className="none">None.</p>;
  return (
    <div className="scroll" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {columns.map(({ name, description }) => (
              <th key={name} scope="col" title={description}>
                {capital(spaced(name))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, n) => (
            <tr key={n}>
              {columns.map((shape) => (
                <td key={shape.name}>
                  <Plain shape={shape} value={row[shape.name]} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Plain({ shape, value }: { shape: Shape; value: unknown }) {
  if (value === null || value === undefined) return <span className="none">none</span>;
  if (shape.type === "DateTime") {
    return <time dateTime={String(value)}>{moment(String(value))}</time>;
  }
  if (shape.list && Array.isArray(value)) return <List members={value} />;
  if (shape.type === "StringMap" && isRecord(value)) return <Pairs pairs={value} />;
  if (shape.type === "JSON" && isRecord(value)) return <Document value={value} />;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (shape.type === "String" || shape.type === "ID")
    return <span className="text">{String(value)}</span>;
  if (shape.type === "JSON") return <code>{JSON.stringify(value)}</code>;
  return typeof value === "string" ? lower(value) : String(value);
}

function List({ members }: { members: readonly unknown[] }) {
  if (members.length === 0) return <span className="none">empty</span>;
  return (
    <ol className="words">
      {members.map((member, n) => (
        <li key={n}>
          <code>{typeof member === "string" ? member : JSON.stringify(member)}</code>
        </li>
      ))}
    </ol>
  );
}

export function Pairs({ pairs }: { pairs: Fields }) {
  const entries = Object.entries(pairs);
  if (entries.length === 0) return <span className="none">empty</span>;
  return (
    <ul className="pairs">
      {entries.map(([name, value]) => (
        <li key={name}>
          <code>
            <span className="label-name">{name}</span>={String(value)}
          </code>
        </li>
      ))}
    </ul>
  );
}

function Document({ value }: { value: Fields }) {
  return (
    <details>
      <summary>Show</summary>
      <pre tabIndex={0}>{JSON.stringify(value, null, 2)}</pre>
    </details>
  );
}

export function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
