import type { TemplateSummary } from "../api/types";
import { enumLabel } from "./format";
import "./Badges.css";

type Classified = Pick<
  TemplateSummary,
  "modelType" | "endpointType" | "endpointProtocol" | "archivedAt"
>;

/** A template's types, and whether it is archived. */
export function Badges({ template }: { template: Classified }) {
  const { modelType, endpointType, endpointProtocol, archivedAt } = template;
  return (
    <p className="badges">
      <span className="badge highlighted">{enumLabel(modelType)}</span>
      <span className="badge">{enumLabel(endpointType)}</span>
      {endpointProtocol && <span className="badge">{enumLabel(endpointProtocol)}</span>}
      {archivedAt && <span className="badge archived">Archived</span>}
    </p>
  );
}
