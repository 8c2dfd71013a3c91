import { template as templateFields } from "contract:catalog";
import type { Template } from "../api/types";
import { MessageList } from "../ui/MessageList";
import { Prose } from "../ui/Prose";
import { SchemaFields } from "./SchemaFields";
import "./Overview.css";

/** Fields that the page shows above the others, not in the list of fields. */
const SHOWN_ABOVE = ["name", "description", "warnings"];

/** Every field of a template, with the schema's descriptions. */
export function Overview({ template }: { template: Template }) {
  const fields = templateFields.filter(({ name }) => !SHOWN_ABOVE.includes(name));
  const plain = fields.filter(({ fields }) => fields === undefined);
  const nested = fields.filter(({ fields }) => fields !== undefined);
  return (
    <div className="overview stack">
      <div className="introduction stack">
        {template.description && <Prose text={template.description} />}
        <MessageList title="Warnings" kind="warning" messages={template.warnings} />
      </div>
      <section className="card about" aria-label="About">
        <SchemaFields fields={plain} of={template} />
      </section>
      {nested.map((field) => (
        <SchemaFields key={field.name} fields={[field]} of={template} />
      ))}
    </div>
  );
}
