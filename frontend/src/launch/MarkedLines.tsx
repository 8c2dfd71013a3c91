import { useState } from "react";
import "./MarkedLines.css";

/** Shows a text and marks the lines that its previous version did not have. */
export function MarkedLines({ text }: { text: string }) {
  const [versions, setVersions] = useState({ current: text, previous: text });
  if (versions.current !== text) setVersions({ current: text, previous: versions.current });
  const known = new Set(versions.previous.split("\n").map(withoutComma));
  return (
    <pre tabIndex={0}>
      {text.split("\n").map((line, n) => (
        <span key={`${n} ${line}`} className={known.has(withoutComma(line)) ? "line" : "line new"}>
          {`${line}\n`}
        </span>
      ))}
    </pre>
  );
}

/** A line gets a comma when another follows it, which is no change of the line. */
function withoutComma(line: string): string {
  return line.replace(/,$/, "");
}
