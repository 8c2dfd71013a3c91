import { Button, Checkbox } from "@mantine/core";
import { pluralize } from "../ui/format";
import type { Entry } from "./parseText";
import type { EntryCheck } from "./useEntryChecks";

interface Props {
  readonly entry: Entry;
  readonly check: EntryCheck | undefined;
  readonly isWanted: boolean;
  readonly onWanted: (isWanted: boolean) => void;
  readonly onLine: (line: number) => void;
}

/** One template of a text, with what is wrong with it. */
export function EntryCard({ entry, check, isWanted, onWanted, onLine }: Props) {
  const errors = check?.errors ?? [];
  const messages = [
    ...errors.map((error) => ({ ...error, kind: "field-error" })),
    ...(errors.length > 0 ? [] : (check?.warnings ?? [])).map((warning) => ({
      ...warning,
      kind: "field-warning",
    })),
  ];
  const isValid = errors.length === 0 && !check?.failure && !check?.isChecking;
  return (
    <section
      className="card import-entry"
      aria-label={entry.name || `Template at line ${entry.line}`}
    >
      <div className="split-row">
        <Checkbox
          label={entry.name || "without a name"}
          checked={isValid && isWanted}
          disabled={!isValid}
          onChange={(event) => onWanted(event.currentTarget.checked)}
        />
        <span className="meta">
          {check?.isChecking
            ? "checking …"
            : errors.length > 0
              ? pluralize(errors.length, "error")
              : "valid"}
        </span>
      </div>
      {check?.failure && <p className="field-error">{check.failure.message}</p>}
      {messages.length > 0 && (
        <ul>
          {messages.map(({ message, path, kind }) => (
            <li key={path.join(".") + message} className={kind}>
              <LineButton line={entry.lineOf(path)} onClick={onLine} /> {message}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

/** Leads to a line of the text. */
export function LineButton({ line, onClick }: { line: number; onClick: (line: number) => void }) {
  return (
    <Button variant="default" size="compact-xs" onClick={() => onClick(line)}>
      Line {line}
    </Button>
  );
}
