import { template as shapes } from "contract:catalog";
import { Problems } from "../ui/MessageList";
import { Prose } from "../ui/Prose";
import { Described } from "./SchemaFields";
import type { Template } from "../api/types";

/** Shown above the rest, each in a way of its own. */
const APART = ["name", "description", "warnings"];

/** Every field of a template, as the schema describes it. */
export function Overview({ template }: { template: Template }) {
  const rest = shapes.filter(({ name }) => !APART.includes(name));
  const plain = rest.filter(({ fields }) => fields === undefined);
  const sections = rest.filter(({ fields }) => fields !== undefined);
  return (
    <div className="overview">
      <div className="lead">
        {template.description && <Prose text={template.description} />}
        <Problems title="Warnings" kind="warning" problems={template.warnings} />
      </div>
      <section className="card about" aria-label="About">
        <Described shapes={plain} of={template} />
      </section>
      {sections.map((shape) => (
        <Described key={shape.name} shapes={[shape]} of={template} />
      ))}
    </div>
  );
}
