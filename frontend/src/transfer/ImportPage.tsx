import { Button, FileButton, Group, NativeSelect, Text, Textarea } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useEffect, useMemo, useRef, useState, type DragEvent } from "react";
import { useViewer } from "../api/useViewer";
import { UNFILTERED } from "../browse/address";
import { useAddress } from "../browse/AddressProvider";
import { CatalogLink } from "../browse/CatalogLink";
import { EmptyState } from "../ui/EmptyState";
import { useHeadingFocus } from "../ui/headingFocus";
import { EntryCard, LineButton } from "./EntryCard";
import { actionOf, isWritable, summaryOf } from "./entryState";
import { parseText, type Entry } from "./parseText";
import { useEntryChecks } from "./useEntryChecks";
import { useImport, type Outcome } from "./useImport";

const TYPING_MS = 350;
const MAX_ENTRIES = 200;

/** The text that was not imported yet. It outlasts an expired key, and a visit to another page. */
const kept = { text: "" };

/** Templates from a text or files: what is wrong with each, by line, and which are to be written. */
export function ImportPage() {
  const { writable, isPending } = useViewer();
  useEffect(() => {
    document.title = "Import · Model Templates";
  }, []);
  return (
    <main className="page" id="main" aria-busy={isPending}>
      <CatalogLink to={{ page: "", id: null }} className="back-link">
        ← All templates
      </CatalogLink>
      {writable.length > 0 && <Importer accounts={writable} />}
      {writable.length === 0 && !isPending && (
        <EmptyState title="This API key can only read" isPageTitle>
          Ask for a key with write access to the account.
        </EmptyState>
      )}
    </main>
  );
}

function Importer({ accounts }: { accounts: readonly string[] }) {
  const [text, setText] = useState(kept.text);
  const [accountId, setAccountId] = useState(accounts[0] ?? "");
  const [unwanted, setUnwanted] = useState<ReadonlySet<number>>(new Set());
  const [settled] = useDebouncedValue(text, TYPING_MS);
  const { entries, errors } = useMemo(() => parseText(settled), [settled]);
  const shown = entries.slice(0, MAX_ENTRIES);
  const checks = useEntryChecks(shown, accountId);
  const area = useRef<HTMLTextAreaElement>(null);
  const { run, isRunning, failure } = useImport(accountId);
  const [outcomes, setOutcomes] = useState<ReadonlyMap<Entry, Outcome>>(new Map());
  const summary = useRef<HTMLParagraphElement>(null);
  const { navigate } = useAddress();
  const heading = useHeadingFocus();
  const chosen = shown.flatMap((entry, n) => {
    const check = checks[n];
    return check && isWritable(check) && !unwanted.has(n) ? [{ entry, check }] : [];
  });
  const change = (next: string) => {
    kept.text = next;
    setUnwanted(new Set());
    setText(next);
  };
  const want = (n: number, isWanted: boolean) => {
    const next = new Set(unwanted);
    if (isWanted) next.delete(n);
    else next.add(n);
    setUnwanted(next);
  };
  const write = async () => {
    const steps = chosen.map(({ entry, check }) => ({ entry, update: check.update }));
    const done = await run(steps);
    if ([...done.values()].every(({ isDone }) => isDone)) {
      kept.text = "";
      return navigate({ ...UNFILTERED, page: "", id: null });
    }
    // What somebody else has changed meanwhile is not written before it has been looked at.
    const late = shown.flatMap((entry, n) => (done.get(entry)?.isDone === false ? [n] : []));
    setUnwanted(new Set([...unwanted, ...late]));
    setOutcomes(new Map([...outcomes, ...done]));
    summary.current?.focus();
  };

  const take = async (files: readonly File[]) => {
    const texts = await Promise.all(files.map((file) => file.text()));
    change(texts.join("\n---\n"));
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    void take([...event.dataTransfer.files]);
  };
  const showLine = (line: number) => {
    const start =
      text
        .split("\n")
        .slice(0, line - 1)
        .join("\n").length + (line > 1 ? 1 : 0);
    const end = text.indexOf("\n", start);
    area.current?.focus();
    area.current?.setSelectionRange(start, end < 0 ? text.length : end);
  };
  return (
    <>
      <h1 className="edit-title" {...heading}>
        Import templates
      </h1>
      <div className="import">
        <section
          className="card stack"
          aria-label="Text"
          onDragOver={(event) => event.preventDefault()}
          onDrop={drop}
        >
          {accounts.length > 1 && (
            <NativeSelect
              label="Account"
              data={[...accounts]}
              value={accountId}
              onChange={(event) => setAccountId(event.currentTarget.value)}
            />
          )}
          <Textarea
            ref={area}
            label="YAML or JSON"
            description="One template, several YAML documents, a list, an answer of SGP with its items, or a JSON text a line. Paste it, drop files here, or choose them."
            autosize
            minRows={12}
            maxRows={28}
            spellCheck={false}
            value={text}
            classNames={{ input: "code-input" }}
            onChange={(event) => change(event.currentTarget.value)}
          />
          <Group>
            <FileButton
              multiple
              accept=".yaml,.yml,.json,.ndjson,.jsonl"
              onChange={(files) => void take(files)}
            >
              {(props) => (
                <Button variant="default" {...props}>
                  Choose files
                </Button>
              )}
            </FileButton>
          </Group>
        </section>
        <section className="stack" aria-label="Templates in the text">
          <p role="status" ref={summary} tabIndex={-1}>
            {errors.length > 0 ? "The text cannot be read." : summaryOf(entries.length, checks)}
          </p>
          {failure && (
            <p role="alert" className="field-error">
              {failure}
            </p>
          )}
          {errors.length > 0 && (
            <ul className="messages errors">
              {errors.map(({ line, message }) => (
                <li key={`${line} ${message}`}>
                  <LineButton line={line} onClick={showLine} /> {message}
                </li>
              ))}
            </ul>
          )}
          {entries.length > MAX_ENTRIES && (
            <Text size="sm">
              Only the first {MAX_ENTRIES} are shown and written. For more, use model-templates
              apply.
            </Text>
          )}
          {shown.map((entry, n) => (
            <EntryCard
              key={n}
              entry={entry}
              check={checks[n]}
              outcome={outcomes.get(entry)}
              isWanted={!unwanted.has(n)}
              onWanted={(isWanted) => want(n, isWanted)}
              onLine={showLine}
            />
          ))}
          <Group>
            <Button
              disabled={chosen.length === 0 || settled !== text}
              loading={isRunning}
              onClick={() => void write()}
            >
              {actionOf(chosen.map(({ check }) => check))}
            </Button>
          </Group>
        </section>
      </div>
    </>
  );
}
