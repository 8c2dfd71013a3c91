import type { TemplateSummary } from "../api/types";
import { pluralize } from "./format";
import "./LabelList.css";

/** A card has no room for more. The overview shows all. */
const MAX_SHOWN = 6;

/** The first few labels, and how many more there are. */
export function LabelList({ labels }: Pick<TemplateSummary, "labels">) {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return null;
  const others = pairs.length - MAX_SHOWN;
  return (
    <ul className="labels" aria-label="Labels">
      {pairs.slice(0, MAX_SHOWN).map(([name, value]) => (
        <li key={name}>
          <span className="muted">{name}</span> {value}
        </li>
      ))}
      {others > 0 && <li className="muted">{pluralize(others, "more label")}</li>}
    </ul>
  );
}
