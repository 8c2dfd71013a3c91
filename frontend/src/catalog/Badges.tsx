import type { Listed } from './types';
import { lower } from './words';

type Badged = Pick<Listed, 'modelType' | 'endpointType' | 'endpointProtocol' | 'archivedAt'>;

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

export function Labels({ labels }: { labels: Listed['labels'] }) {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return null;
  return (
    <ul className="labels" aria-label="Labels">
      {pairs.map(([name, value]) => (
        <li key={name}>
          <span className="label-name">{name}</span> {value}
        </li>
      ))}
    </ul>
  );
}
