import type { TemplateSummary } from "../api/types";
import { Badges } from "../ui/Badges";
import { enumLabel, formatDateTime, pluralize } from "../ui/format";
import { LabelList } from "../ui/LabelList";
import { CatalogLink } from "./CatalogLink";
import "./TemplateCard.css";

export function TemplateCard({ template }: { template: TemplateSummary }) {
  const { bundleConfig, endpointConfig } = template.vendorConfiguration;
  return (
    <li className="card template-card">
      <h2>
        <CatalogLink to={{ id: template.id, view: "overview" }}>{template.name}</CatalogLink>
      </h2>
      <Badges template={template} />
      <p className="image">
        <code>{bundleConfig.imageReference}</code>
      </p>
      {template.description && (
        <p className="summary">{template.description.replaceAll("**", "")}</p>
      )}
      <LabelList labels={template.labels} />
      <p className="meta">
        {endpointConfig.gpuType && (
          <span>
            {endpointConfig.gpus} × {enumLabel(endpointConfig.gpuType)}
          </span>
        )}
        <span>
          updated <time dateTime={template.updatedAt}>{formatDateTime(template.updatedAt)}</time>
        </span>
        {template.warnings.length > 0 && (
          <span className="warning-count">{pluralize(template.warnings.length, "warning")}</span>
        )}
      </p>
    </li>
  );
}
