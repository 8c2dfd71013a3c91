import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import { Icon } from "./icons";

const SHOWN_MS = 2000;

interface Props {
  readonly text: string;
  /** What is copied, for the button's accessible name. */
  readonly what: string;
}

/** Copies a text to the clipboard and confirms it. */
export function CopyButton({ text, what }: Props) {
  const [outcome, setOutcome] = useState("");
  useEffect(() => {
    if (!outcome) return;
    const timer = setTimeout(() => setOutcome(""), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const onClick = () =>
    void copy(text).then((isDone) =>
      setOutcome(isDone ? "Copied" : "Copying failed. Select the text instead."),
    );
  return (
    <span className="copy-button">
      <span role="status">{outcome}</span>
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<Icon name="copy" />}
        onClick={onClick}
        aria-label={`Copy ${what}`}
      >
        Copy
      </Button>
    </span>
  );
}

async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text); // Without HTTPS, browsers offer no other clipboard access.
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement("textarea");
  const focused = document.activeElement;
  area.value = text;
  area.className = "visually-hidden";
  document.body.append(area);
  area.select();
  try {
    return document.execCommand("copy");
  } finally {
    area.remove();
    if (focused instanceof HTMLElement) focused.focus();
  }
}
