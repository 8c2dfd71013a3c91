import { orders } from "contract:catalog";
import { useEffect, useRef } from "react";
import { Link, ORDERS, usePlace, type Address } from "./address";
import { useList } from "../api/usePagedQuery";
import list from "../api/operations/list-templates.graphql";
import { useSession } from "../api/SessionProvider";
import { Badges, Labels } from "../ui/Badges";
import { Trouble } from "../ui/ErrorNotice";
import type { Value } from "../api/json";
import type { Listed, Page } from "../api/types";
import { capital, counted, lower, moment } from "../ui/format";

interface Answer {
  readonly modelTemplates: Page<Listed>;
}

export function Results({ isShown }: { isShown: boolean }) {
  const { ask } = useSession();
  const { address } = usePlace();
  const { page, refusal, isWaiting, retry, more, refresh } = useList(
    ask,
    list,
    asked(address),
    (answer: Answer) => answer.modelTemplates,
  );
  const wasShown = useRef(isShown);
  useEffect(() => {
    if (isShown && !wasShown.current) refresh(); // Meanwhile templates may have come, or changed.
    wasShown.current = isShown;
  }, [isShown, refresh]);
  return (
    <section className="results" aria-label="Results" aria-busy={isWaiting}>
      <div className="above">
        <p role="status">{page && !refusal ? counted(page.totalCount, "template") : ""}</p>
        <Order />
      </div>
      {refusal && <Trouble refusal={refusal} onRetry={retry} />}
      {page && !refusal && page.nodes.length === 0 && (
        <p className="nothing">
          {isNarrowed(address)
            ? "No template meets these conditions."
            : "No template is in use yet, or none that this key may read. The API creates them: createModelTemplate."}
        </p>
      )}
      {page && (
        <ul className="cards">
          {distinct(page.nodes).map((template) => (
            <Card key={template.id} template={template} />
          ))}
        </ul>
      )}
      {page?.pageInfo.hasNextPage && (
        <button type="button" disabled={isWaiting} onClick={more}>
          Load more
        </button>
      )}
    </section>
  );
}

function isNarrowed({ search, facets, archived }: Address): boolean {
  const chosen = Object.values(facets).some((members) => members.length > 0);
  return chosen || search.trim() !== "" || archived === "true";
}

function asked({ search, facets, archived, order }: Address): { readonly [name: string]: Value } {
  const conditions = Object.entries(facets).filter(([, members]) => members.length > 0);
  const filter: Record<string, Value> = {
    ...Object.fromEntries(conditions),
    archived: archived === "null" ? null : archived === "true",
  };
  if (search.trim()) filter.search = search;
  const words = order.split(".");
  const orderBy = Object.fromEntries(orders.map(({ name }, n) => [name, words[n]]));
  return { filter, orderBy };
}

function Order() {
  const { address, go } = usePlace();
  return (
    <label className="order">
      Order
      <select value={address.order} onChange={(event) => go({ order: event.target.value })}>
        {ORDERS.map((choice) => (
          <option key={choice} value={choice}>
            {inWords(choice)}
          </option>
        ))}
      </select>
    </label>
  );
}

function distinct(templates: readonly Listed[]): readonly Listed[] {
  const seen = new Set<string>();
  return templates.filter(({ id }) => !seen.has(id) && seen.add(id));
}

/** `NAME.ASC` → `Name, A to Z`. */
function inWords(order: string): string {
  const [field = "", direction] = order.split(".");
  const [up, down] = field.endsWith("_AT")
    ? ["oldest first", "newest first"]
    : ["A to Z", "Z to A"];
  return `${capital(lower(field))}, ${direction === "ASC" ? up : down}`;
}

function Card({ template }: { template: Listed }) {
  const { bundleConfig, endpointConfig } = template.vendorConfiguration;
  return (
    <li className="card template">
      <h2>
        <Link to={{ id: template.id, view: "overview" }}>{template.name}</Link>
      </h2>
      <Badges template={template} />
      <p className="image">
        <code>{bundleConfig.imageReference}</code>
      </p>
      {template.description && <p className="brief">{template.description.replaceAll("**", "")}</p>}
      <Labels labels={template.labels} />
      <p className="meta">
        {endpointConfig.gpuType && (
          <span>
            {endpointConfig.gpus} × {lower(endpointConfig.gpuType)}
          </span>
        )}
        <span>
          changed <time dateTime={template.updatedAt}>{moment(template.updatedAt)}</time>
        </span>
        {template.warnings.length > 0 && (
          <span className="warned">{counted(template.warnings.length, "warning")}</span>
        )}
      </p>
    </li>
  );
}
