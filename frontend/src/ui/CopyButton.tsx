import { useEffect, useState } from "react";

const SAID_MS = 2000;

interface Props {
  readonly text: string;
  /** Of what, for those who do not see what stands beside it. */
  readonly what: string;
}

/** Copies a text, and says so. */
export function CopyButton({ text, what }: Props) {
  const [outcome, setOutcome] = useState("");
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(""), SAID_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = () =>
    void copied(text).then((done) => setOutcome(done ? "Copied" : "Select it, and copy"));
  return (
    <span className="copy">
      <span role="status">{outcome}</span>
      <button type="button" onClick={copy} aria-label={`Copy ${what}`}>
        Copy
      </button>
    </span>
  );
}

async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedFromPage(text); // Without TLS there is no clipboard but for what is selected.
  }
}

function copiedFromPage(text: string): boolean {
  const area = document.createElement("textarea");
  const focused = document.activeElement;
  area.value = text;
  area.className = "unseen";
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
