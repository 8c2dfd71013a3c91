import { toJson, type Value } from "../api/json";
import { pluralize } from "../ui/format";
import { diff, type Change } from "./diff";
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
      <Changes changes={changes} />
    </>
  );
}

export function Changes({ changes }: { readonly changes: readonly Change[] }) {
  return (
    <ul className="changes">
      {changes.map(({ path, before, after, isSecret }) => (
        <li key={path}>
          <code className="path">{path}</code>
          {isSecret ? (
            <p className="no-value">A secret, not shown.</p>
          ) : (
            <>
              <ChangeSide side="before" value={before} />
              <ChangeSide side="after" value={after} />
            </>
          )}
        </li>
      ))}
    </ul>
  );
}

function ChangeSide({ side, value }: { side: "before" | "after"; value: unknown }) {
  const Tag = side === "before" ? "del" : "ins";
  return (
    <Tag>
      <span className="visually-hidden">{side}: </span>
      {value === undefined ? <span className="no-value">absent</span> : toJson(value as Value)}
    </Tag>
  );
}
