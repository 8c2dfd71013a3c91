import { Button, Checkbox } from "@mantine/core";
import { Changes } from "../template/ChangeList";
import { pluralize } from "../ui/format";
import { isUnchanged, isWritable } from "./entryState";
import type { Entry } from "./parseText";
import type { EntryCheck } from "./useEntryChecks";
import type { Outcome } from "./useImport";

interface Props {
  readonly entry: Entry;
  readonly check: EntryCheck | undefined;
  /** What became of it when it was written last. */
  readonly outcome: Outcome | undefined;
  readonly isWanted: boolean;
  readonly onWanted: (isWanted: boolean) => void;
  readonly onLine: (line: number) => void;
}

/** So many changes are shown at once; more are folded. */
const FEW = 8;

/** One template of a text, with what is wrong with it, or what it changes in the stored one. */
export function EntryCard({ entry, check, outcome, isWanted, onWanted, onLine }: Props) {
  const errors = check?.errors ?? [];
  const messages = [
    ...errors.map((error) => ({ ...error, kind: "field-error" })),
    ...(errors.length > 0 ? [] : (check?.warnings ?? [])).map((warning) => ({
      ...warning,
      kind: "field-warning",
    })),
  ];
  const changes = errors.length === 0 ? (check?.update?.changes ?? []) : [];
  const isLate = outcome?.isDone === false && !isUnchanged(check);
  return (
    <section
      className="card import-entry"
      aria-label={entry.name || `Template at line ${entry.line}`}
    >
      <div className="split-row">
        <Checkbox
          label={entry.name || "without a name"}
          checked={isWritable(check) && isWanted}
          disabled={!isWritable(check)}
          onChange={(event) => onWanted(event.currentTarget.checked)}
        />
        <span className="meta">{stateOf(check, outcome)}</span>
      </div>
      {isLate && <p className="field-error">{outcome.message}</p>}
      {check?.failure && <p className="field-error">{check.failure.message}</p>}
      {messages.length > 0 && (
        <ul className="entry-messages">
          {messages.map(({ message, path, kind }) => (
            <li key={path.join(".") + message} className={kind}>
              <LineButton line={entry.lineOf(path)} onClick={onLine} /> {message}
            </li>
          ))}
        </ul>
      )}
      {changes.length > 0 && (
        <details open={changes.length <= FEW}>
          <summary>{pluralize(changes.length, "change")}</summary>
          <Changes changes={changes} />
        </details>
      )}
    </section>
  );
}

function stateOf(check: EntryCheck | undefined, outcome: Outcome | undefined): string {
  if (!check || check.isChecking) return "checking …";
  if (check.errors.length > 0) return pluralize(check.errors.length, "error");
  if (check.failure) return "not checked";
  if (isUnchanged(check)) return outcome?.isDone ? outcome.message : "unchanged";
  return check.update ? `update of revision ${check.update.existing.revision}` : "new";
}

/** Leads to a line of the text. */
export function LineButton({ line, onClick }: { line: number; onClick: (line: number) => void }) {
  return (
    <Button variant="default" size="compact-xs" onClick={() => onClick(line)}>
      Line {line}
    </Button>
  );
}
