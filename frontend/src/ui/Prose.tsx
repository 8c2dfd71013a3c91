import { Fragment } from "react";
import "./Prose.css";

const MARKUP = /(\*\*[^*]+\*\*|`[^`]+`)/;

/** Paragraphs of Markdown. Bold and code are rendered; other markup is shown as it is written. */
export function Prose({ text }: { text: string }) {
  return (
    <div className="prose">
      {text.split(/\n{2,}/).map((paragraph, n) => (
        <p key={n}>
          {paragraph.split(MARKUP).map((part, m) => (
            <Inline key={m} text={part} />
          ))}
        </p>
      ))}
    </div>
  );
}

function Inline({ text }: { text: string }) {
  if (!MARKUP.test(text)) return <Fragment>{text}</Fragment>;
  if (text.startsWith("`")) return <code>{text.slice(1, -1)}</code>;
  return <strong>{text.slice(2, -2)}</strong>;
}
