import { changes } from "./diff";
import { counted } from "../ui/format";

interface Props {
  readonly before: unknown;
  readonly after: unknown;
}

/** Changed paths, old and new. */
export function Changes({ before, after }: Props) {
  const found = changes(before, after);
  return (
    <>
      <p role="status">{found.length ? counted(found.length, "change") : "Nothing differs."}</p>
      <ul className="changes">
        {found.map((change) => (
          <li key={change.path}>
            <code className="path">{change.path}</code>
            <Side kind="before" value={change.before} />
            <Side kind="after" value={change.after} />
          </li>
        ))}
      </ul>
    </>
  );
}

function Side({ kind, value }: { kind: "before" | "after"; value: unknown }) {
  const Tag = kind === "before" ? "del" : "ins";
  return (
    <Tag className={kind}>
      <span className="unseen">{kind}: </span>
      {value === undefined ? <span className="none">absent</span> : JSON.stringify(value, null, 1)}
    </Tag>
  );
}
