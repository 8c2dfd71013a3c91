import { Checkbox } from "@mantine/core";
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

const CLASSES = { body: "facet-body", labelWrapper: "facet-wrapper", label: "facet-label" };

/** A value to filter by, with the number of templates that it leads to. */
export function FacetChoice({ label, count, isChosen, onToggle }: Props) {
  return (
    <Checkbox
      size="xs"
      className={count?.count === 0 && !isChosen ? "choice empty" : "choice"}
      classNames={CLASSES}
      aria-label={count ? `${label}, ${describeCount(count)}` : label}
      label={
        <>
          <span className="facet-value">{label}</span>
          <span className="facet-number" aria-hidden>
            {count && formatCount(count)}
          </span>
        </>
      }
      checked={isChosen}
      onChange={onToggle}
    />
  );
}

/** `1,200`, or `1,200+` if there may be more. */
export function formatCount({ count, isLeast }: Count): string {
  return formatNumber(count) + (isLeast ? "+" : "");
}

function describeCount({ count, isLeast }: Count): string {
  return (isLeast ? "at least " : "") + pluralize(count, "template");
}
