import { memo } from "react";
import type { TemplateSummary } from "../api/types";
import { Badges } from "../ui/Badges";
import { enumLabel, formatDateTime, pluralize } from "../ui/format";
import { Icon } from "../ui/icons";
import { LabelList } from "../ui/LabelList";
import { plainText } from "../ui/plainText";
import { CardCheckbox } from "./CardCheckbox";
import { CatalogLink } from "./CatalogLink";
import "./TemplateCard.css";

/** A card has no room for more. The overview shows all. */
const MAX_LABELS = 6;

interface Props {
  readonly template: TemplateSummary;
  readonly showsAccount: boolean;
}

export const TemplateCard = memo(function TemplateCard({ template, showsAccount }: Props) {
  const { bundleConfig, endpointConfig } = template.vendorConfiguration;
  return (
    <li className="card template-card">
      <h2>
        <CatalogLink to={{ id: template.id, view: "overview" }}>{template.name}</CatalogLink>
      </h2>
      <CardCheckbox template={template} />
      <Badges template={template} />
      <p className="image">
        <code>{bundleConfig.imageReference}</code>
      </p>
      {template.description && <p className="summary">{plainText(template.description)}</p>}
      <LabelList labels={template.labels} limit={MAX_LABELS} isFilter />
      <p className="meta">
        <span>{resources(endpointConfig)}</span>
        {showsAccount && <span>{template.accountId}</span>}
        <span>
          updated <time dateTime={template.updatedAt}>{formatDateTime(template.updatedAt)}</time>
        </span>
        {template.warnings.length > 0 && (
          <span className="warning-count">
            <Icon name="warning" /> {pluralize(template.warnings.length, "warning")}
          </span>
        )}
      </p>
    </li>
  );
});

/** `2 × NVIDIA H100`, or what there is without a GPU. */
function resources(endpoint: TemplateSummary["vendorConfiguration"]["endpointConfig"]): string {
  const { gpus, gpuType, cpus, memory } = endpoint;
  const size = `${pluralize(cpus, "CPU")}, ${memory}`;
  return gpuType ? `${gpus} × ${enumLabel(gpuType)}` : size;
}
