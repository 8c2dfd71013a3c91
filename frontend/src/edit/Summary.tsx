import { Anchor } from "@mantine/core";
import type { UserError } from "../api/types";
import { elementId, focusField } from "../ui/fieldErrors";
import { pluralize } from "../ui/format";

/** All errors, or all warnings, each a link to its field. */
export function Summary({
  kind,
  messages,
}: {
  readonly kind: "error" | "warning";
  readonly messages: readonly UserError[];
}) {
  if (messages.length === 0) return null;
  return (
    <section
      className={`messages ${kind}s summary`}
      aria-label={kind === "error" ? "Errors" : "Warnings"}
      id={`${kind}-summary`}
      tabIndex={-1}
    >
      <h2>{pluralize(messages.length, kind)}</h2>
      <ul>
        {messages.map(({ message, path }) => (
          <li key={path.join(".") + message}>
            {path.length === 0 ? (
              message
            ) : (
              <Anchor
                inherit
                href={`#${elementId(path)}`}
                onClick={(event) => {
                  event.preventDefault();
                  focusField(path);
                }}
              >
                {message}
              </Anchor>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
