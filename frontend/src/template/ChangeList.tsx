import { pluralize } from "../ui/format";
import { diff } from "./diff";
import "./ChangeList.css";

interface Props {
  readonly before: unknown;
  readonly after: unknown;
}

/** Each path that differs, with its value before and after. */
export function ChangeList({ before, after }: Props) {
  const changes = diff(before, after);
  return (
    <>
      <p role="status">
        {changes.length ? pluralize(changes.length, "change") : "No differences."}
      </p>
      <ul className="changes">
        {changes.map((change) => (
          <li key={change.path}>
            <code className="path">{change.path}</code>
            <ChangeSide side="before" value={change.before} />
            <ChangeSide side="after" value={change.after} />
          </li>
        ))}
      </ul>
    </>
  );
}

function ChangeSide({ side, value }: { side: "before" | "after"; value: unknown }) {
  const Tag = side === "before" ? "del" : "ins";
  return (
    <Tag>
      <span className="visually-hidden">{side}: </span>
      {value === undefined ? (
        <span className="no-value">absent</span>
      ) : (
        JSON.stringify(value, null, 1)
      )}
    </Tag>
  );
}
