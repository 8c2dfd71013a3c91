import { orders } from 'contract:catalog';
import { Link, usePlace, type Address } from './address';
import { useList } from './list';
import list from './operations/list.graphql';
import { useSession } from './session';
import { Badges, Labels } from './Badges';
import { Trouble } from './Trouble';
import type { Value } from './json';
import type { Listed, Page } from './types';
import { capital, counted, lower, moment } from './words';

interface Answer {
  readonly modelTemplates: Page<Listed>;
}

export function Results() {
  const { ask } = useSession();
  const { address } = usePlace();
  const { page, refusal, isWaiting, retry, more } = useList(
    ask,
    list,
    asked(address),
    (answer: Answer) => answer.modelTemplates,
  );
  return (
    <section className="results" aria-label="Results" aria-busy={isWaiting}>
      <div className="above">
        <p role="status">{page && !refusal ? counted(page.totalCount, 'template') : ''}</p>
        <Order />
      </div>
      {refusal && <Trouble refusal={refusal} onRetry={retry} />}
      {page && !refusal && page.nodes.length === 0 && (
        <p className="nothing">No template meets these conditions.</p>
      )}
      {page && (
        <ul className="cards">
          {page.nodes.map((template) => (
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

function asked({ search, facets, archived, order }: Address): { readonly [name: string]: Value } {
  const conditions = Object.entries(facets).filter(([, members]) => members.length > 0);
  const filter: Record<string, Value> = {
    ...Object.fromEntries(conditions),
    archived: archived === 'null' ? null : archived === 'true',
  };
  if (search.trim()) filter.search = search;
  const words = order.split('.');
  const orderBy = Object.fromEntries(orders.map(({ name }, n) => [name, words[n]]));
  return { filter, orderBy };
}

function Order() {
  const { address, go } = usePlace();
  const [fields, directions] = orders;
  const choices = (fields?.members ?? []).flatMap((field) =>
    (directions?.members ?? []).map((direction) => `${field}.${direction}`),
  );
  return (
    <label className="order">
      Order
      <select value={address.order} onChange={(event) => go({ order: event.target.value })}>
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {capital(lower(choice.split('.')[0] ?? ''))} {choice.endsWith('.ASC') ? '↑' : '↓'}
          </option>
        ))}
      </select>
    </label>
  );
}

function Card({ template }: { template: Listed }) {
  const { bundleConfig, endpointConfig } = template.vendorConfiguration;
  return (
    <li className="card template">
      <h2>
        <Link to={{ id: template.id, view: 'overview' }}>{template.name}</Link>
      </h2>
      <Badges template={template} />
      <p className="image">
        <code>{bundleConfig.imageReference}</code>
      </p>
      {template.description && <p className="brief">{template.description.replaceAll('**', '')}</p>}
      <Labels labels={template.labels} />
      <p className="meta">
        {endpointConfig.gpuType && (
          <span>
            {endpointConfig.gpus} × {lower(endpointConfig.gpuType)}
          </span>
        )}
        <time dateTime={template.updatedAt}>{moment(template.updatedAt)}</time>
        {template.warnings.length > 0 && (
          <span className="warned">{counted(template.warnings.length, 'warning')}</span>
        )}
      </p>
    </li>
  );
}
