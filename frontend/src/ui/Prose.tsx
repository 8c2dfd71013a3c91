import { Fragment } from "react";

const MARKED = /(\*\*[^*]+\*\*|`[^`]+`)/;

/** Paragraphs of Markdown with its two commonest marks; any other mark stays as it is written. */
export function Prose({ text }: { text: string }) {
  return (
    <div className="prose">
      {text.split(/\n{2,}/).map((paragraph, n) => (
        <p key={n}>
          {paragraph.split(MARKED).map((part, m) => (
            <Marked key={m} text={part} />
          ))}
        </p>
      ))}
    </div>
  );
}

function Marked({ text }: { text: string }) {
  if (!MARKED.test(text)) return <Fragment>{text}</Fragment>;
  if (text.startsWith("`")) return <code>{text.slice(1, -1)}</code>;
  return <strong>{text.slice(2, -2)}</strong>;
}
