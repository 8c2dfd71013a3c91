import { Button } from "@mantine/core";
import { template as templateFields } from "contract:catalog";
import type { ReactNode } from "react";
import type { Parameter, Template } from "../api/types";
import { CatalogLink } from "../browse/CatalogLink";
import { CopyButton } from "../ui/CopyButton";
import { enumLabel, formatDateTime, pluralize } from "../ui/format";
import { LabelList } from "../ui/LabelList";
import { MessageList } from "../ui/MessageList";
import { Prose } from "../ui/Prose";
import { ParameterTable } from "./ParameterTable";
import { SchemaFields } from "./SchemaFields";
import "./Overview.css";

/** Fields that the page shows above the others, not in the list of fields. */
const SHOWN_ABOVE = ["name", "description", "warnings"];

/** What a template is, what it takes to run, what has to be filled in; then all of its fields. */
export function Overview({ template }: { template: Template }) {
  const fields = templateFields.filter(({ name }) => !SHOWN_ABOVE.includes(name));
  const { imageReference } = template.vendorConfiguration.bundleConfig;
  const parameters = template.modelCreationParametersSchema?.parameters ?? [];
  return (
    <div className="overview">
      <div className="stack">
        {template.description && (
          <section className="card" aria-label="Description">
            <h2 className="visually-hidden">Description</h2>
            <Prose text={template.description} />
          </section>
        )}
        <MessageList title="Warnings" kind="warning" messages={template.warnings} />
        <section className="card" aria-label="Image">
          <div className="split-row">
            <h2>Image</h2>
            <CopyButton text={imageReference} what="image reference" />
          </div>
          <code className="image-reference">{imageReference}</code>
        </section>
        <FillIn parameters={parameters} isArchived={template.archivedAt !== null} />
        <details className="card all-fields">
          <summary>All fields</summary>
          <div className="stack">
            <SchemaFields fields={fields} of={template} />
          </div>
        </details>
      </div>
      <Facts template={template} />
    </div>
  );
}

interface FillInProps {
  readonly parameters: readonly Parameter[];
  readonly isArchived: boolean;
}

function FillIn({ parameters, isArchived }: FillInProps) {
  const required = parameters.filter((it) => it.required && it.default === null);
  const others = parameters.filter((it) => !required.includes(it));
  return (
    <section className="card" aria-label="To fill in">
      <div className="split-row">
        <h2>To fill in</h2>
        {!isArchived && (
          <Button component={CatalogLink} size="compact-md" to={{ view: "launch" }}>
            Prepare a launch
          </Button>
        )}
      </div>
      <p className="hint">
        {required.length === 0
          ? "Nothing has to be filled in to launch it."
          : `${pluralize(required.length, "parameter")} must have a value.`}
      </p>
      {required.length > 0 && <ParameterTable parameters={required} label="Required parameters" />}
      {others.length > 0 && (
        <details className="optional" open={others.length <= 6}>
          <summary>{pluralize(others.length, "optional parameter")}</summary>
          <ParameterTable parameters={others} label="Optional parameters" />
        </details>
      )}
    </section>
  );
}

/** What it costs to run, and where it comes from. */
function Facts({ template }: { template: Template }) {
  const { endpointConfig: endpoint } = template.vendorConfiguration;
  const { minWorkers: min, maxWorkers: max } = endpoint;
  const facts: readonly (readonly [string, ReactNode])[] = [
    ["GPUs", endpoint.gpuType ? `${endpoint.gpus} × ${enumLabel(endpoint.gpuType)}` : "none"],
    ["CPUs", endpoint.cpus],
    ["Memory", endpoint.memory],
    ["Storage", String(endpoint["storage"])],
    ["Workers", min === max ? min : `${min} to ${max}${min === 0 ? ", none when idle" : ""}`],
    ["Requests per worker", String(endpoint["perWorker"])],
  ];
  const origin: readonly (readonly [string, ReactNode])[] = [
    ["Account", template.accountId],
    ["Revision", template.revision],
    ["Changed", `${formatDateTime(template.updatedAt)} by ${template.updatedByUserId}`],
    [
      "ID",
      <div key="id" className="identifier">
        <code>{template.id}</code>
        <CopyButton text={template.id} what="id" />
      </div>,
    ],
  ];
  return (
    <div className="stack facts">
      <section className="card" aria-label="Each worker">
        <h2>What it runs on</h2>
        <FactList facts={facts} />
      </section>
      <section className="card" aria-label="About">
        <h2>About</h2>
        <FactList facts={origin} />
        <LabelList labels={template.labels} />
      </section>
    </div>
  );
}

function FactList({ facts }: { facts: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl>
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
