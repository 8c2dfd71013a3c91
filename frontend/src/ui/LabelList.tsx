import type { TemplateSummary } from "../api/types";
import { labelPair, UNFILTERED, withLabel } from "../browse/address";
import { useAddress } from "../browse/AddressProvider";
import { CatalogLink } from "../browse/CatalogLink";
import { pluralize } from "./format";
import "./LabelList.css";

interface Props extends Pick<TemplateSummary, "labels"> {
  /** How many there is room for; all if there is no limit. */
  readonly limit?: number;
  /** Whether the labels are added to the conditions of the list, or replace them. */
  readonly isFilter?: boolean;
}

/** The first few labels, and how many more there are. Each leads to the templates that have it. */
export function LabelList({ labels, limit = Infinity, isFilter = false }: Props) {
  const { address } = useAddress();
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return null;
  const others = pairs.length - limit;
  return (
    <ul className="labels" aria-label="Labels">
      {pairs.slice(0, limit).map(([name, value]) => {
        const pair = labelPair(name, value);
        const to = isFilter
          ? { labels: withLabel(address.labels, pair) }
          : {
              ...UNFILTERED,
              labels: [pair],
              id: null,
              page: "" as const,
              view: "overview" as const,
            };
        return (
          <li key={name}>
            <CatalogLink to={to} title={`Templates with ${name}: ${value}`}>
              <span className="muted">{name}</span> {value}
            </CatalogLink>
          </li>
        );
      })}
      {others > 0 && <li className="muted">{pluralize(others, "more label")}</li>}
    </ul>
  );
}
