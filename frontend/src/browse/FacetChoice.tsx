import { Choice } from "../ui/Choice";
import { formatNumber, pluralize } from "../ui/format";
import type { Count } from "./useFacets";
import "./FacetChoice.css";

interface Props {
  readonly label: string;
  /** Null while it is not known. */
  readonly count: Count | null;
  readonly isChosen: boolean;
  readonly onToggle: () => void;
}

/** A value to filter by, with the number of templates that it leads to. */
export function FacetChoice({ label, count, isChosen, onToggle }: Props) {
  return (
    <Choice
      type="checkbox"
      className={count?.count === 0 && !isChosen ? "empty" : ""}
      aria-label={count ? `${label}, ${describeCount(count)}` : label}
      checked={isChosen}
      onChange={onToggle}
    >
      <span className="facet-value">{label}</span>
      <span className="facet-number" aria-hidden>
        {count && formatCount(count)}
      </span>
    </Choice>
  );
}

/** `1,200`, or `1,200+` if there may be more. */
export function formatCount({ count, isLeast }: Count): string {
  return formatNumber(count) + (isLeast ? "+" : "");
}

function describeCount({ count, isLeast }: Count): string {
  return (isLeast ? "at least " : "") + pluralize(count, "template");
}
