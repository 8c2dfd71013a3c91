import { Anchor } from "@mantine/core";
import type { UserError } from "../api/types";
import "./MessageList.css";

interface Props {
  readonly title: string;
  readonly kind: "error" | "warning";
  readonly messages: readonly UserError[];
  /** The id of the form element for a path. If given, paths are buttons that focus it. */
  readonly elementIdOf?: (path: readonly string[]) => string;
}

/** Errors or warnings, each with the path of what it is about. */
export function MessageList({ title, kind, messages, elementIdOf }: Props) {
  if (messages.length === 0) return null;
  return (
    <section className={`messages ${kind}s`} aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {messages.map(({ message, path }) => (
          <li key={path.join(".") + message}>
            {message}{" "}
            {elementIdOf ? (
              <Anchor
                component="button"
                type="button"
                className="path"
                inherit
                onClick={() => focus(elementIdOf(path))}
              >
                {path.join(".")}
              </Anchor>
            ) : (
              <code className="path">{path.join(".")}</code>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function focus(elementId: string): void {
  const element = document.getElementById(elementId);
  element?.closest("details")?.setAttribute("open", "");
  element?.focus();
}
