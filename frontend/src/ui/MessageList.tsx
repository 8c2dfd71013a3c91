import type { UserError } from "../api/types";

interface Props {
  readonly title: string;
  readonly kind: "problem" | "warning";
  readonly problems: readonly UserError[];
  /** The element that a problem is about, if the page shows one. */
  readonly fieldOf?: (path: readonly string[]) => string;
}

/** What the server finds wrong, or odd, each with its path. */
export function Problems({ title, kind, problems, fieldOf }: Props) {
  if (problems.length === 0) return null;
  const focus = (path: readonly string[]) =>
    document.getElementById(fieldOf?.(path) ?? "")?.focus();
  return (
    <section className={`problems ${kind}s`} aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {problems.map(({ message, path }) => (
          <li key={path.join(".") + message}>
            {message}{" "}
            {fieldOf ? (
              <button type="button" className="path" onClick={() => focus(path)}>
                {path.join(".")}
              </button>
            ) : (
              <code className="path">{path.join(".")}</code>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
