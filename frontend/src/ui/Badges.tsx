import type { Listed } from "../api/types";
import { counted, lower } from "./format";

/** More would make a card as long as a page; the overview has them all. */
const SHOWN_LABELS = 6;

type Badged = Pick<Listed, "modelType" | "endpointType" | "endpointProtocol" | "archivedAt">;

/** What kind of template it is. */
export function Badges({ template }: { template: Badged }) {
  const { modelType, endpointType, endpointProtocol, archivedAt } = template;
  return (
    <p className="badges">
      <span className="badge kind">{lower(modelType)}</span>
      <span className="badge">{lower(endpointType)}</span>
      {endpointProtocol && <span className="badge">{lower(endpointProtocol)}</span>}
      {archivedAt && <span className="badge withdrawn">withdrawn</span>}
    </p>
  );
}

/** As many as a card has room for. */
export function Labels({ labels }: { labels: Listed["labels"] }) {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return null;
  const others = pairs.length - SHOWN_LABELS;
  return (
    <ul className="labels" aria-label="Labels">
      {pairs.slice(0, SHOWN_LABELS).map(([name, value]) => (
        <li key={name}>
          <span className="label-name">{name}</span> {value}
        </li>
      ))}
      {others > 0 && <li className="label-name">{counted(others, "label")} more</li>}
    </ul>
  );
}
