import { toJson, type Value } from "../api/json";
import type { Parameter } from "../api/types";
import { enumLabel, humanize } from "../ui/format";

interface Props {
  readonly parameters: readonly Parameter[];
  readonly label: string;
}

/** Parameters with what people need to fill them in. */
export function ParameterTable({ parameters, label }: Props) {
  return (
    <dl className="parameter-table" aria-label={label}>
      {parameters.map((parameter) => (
        <div key={parameter.name}>
          <dt>
            {parameter.title !== null && `${parameter.title} `}
            <code>{parameter.name}</code> <span className="muted">{enumLabel(parameter.type)}</span>
            {parameter.secret && <span className="muted"> secret</span>}
          </dt>
          <dd>
            {parameter.description}
            <Constraints parameter={parameter} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Constraints({ parameter }: { parameter: Parameter }) {
  const {
    name,
    title,
    type,
    description,
    required,
    secret,
    advanced,
    enum: members,
    ...rest
  } = parameter;
  const constraints = Object.entries({ ...rest } as Record<string, Value>).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const isHidden = (keyword: string) => keyword === "default" && secret;
  return (
    <span className="constraints">
      {members && (
        <span>
          one of <code>{members.map(text).join(", ")}</code>
        </span>
      )}
      {constraints.map(([keyword, value]) => (
        <span key={keyword}>
          {humanize(keyword)} {isHidden(keyword) ? "set" : <code>{text(value)}</code>}
        </span>
      ))}
    </span>
  );
}

function text(value: Value): string {
  return typeof value === "string" ? value || "“”" : toJson(value);
}
