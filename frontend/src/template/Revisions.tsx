import listRevisions from "../api/operations/list-revisions.graphql";
import { useSession } from "../api/SessionProvider";
import type { Connection, Template, TemplateSpec } from "../api/types";
import { usePagedQuery } from "../api/usePagedQuery";
import { ErrorNotice } from "../ui/ErrorNotice";
import { formatDateTime, pluralize } from "../ui/format";
import { RevisionComparison } from "./RevisionComparison";
import "./Revisions.css";

interface Answer {
  readonly modelTemplate: { readonly revisions: Connection<TemplateSpec> } | null;
}

/** The current and earlier revisions, and the differences between two of them. */
export function Revisions({ template }: { template: Template }) {
  const { execute } = useSession();
  const { connection, error, isLoading, retry, loadMore } = usePagedQuery(
    execute,
    listRevisions,
    { id: template.id },
    ({ modelTemplate }: Answer) => modelTemplate?.revisions,
  );
  const oldest = connection?.oldestRevision ?? 1;
  const revisions: readonly TemplateSpec[] = [template, ...(connection?.nodes ?? [])];
  return (
    <div className="revisions stack" aria-busy={isLoading}>
      <section className="card">
        <h2>Revisions</h2>
        <p role="status">
          {connection ? pluralize(connection.totalCount, "earlier revision") : ""}
        </p>
        {oldest > 1 && (
          <p className="hint">Revisions before {oldest.toLocaleString("en")} are no longer kept.</p>
        )}
        {error && <ErrorNotice error={error} onRetry={retry} />}
        <ol className="revision-list">
          {revisions.map((revision) => (
            <li key={revision.revision}>
              <strong>Revision {revision.revision}</strong>
              {revision === template && <span className="badge highlighted">current</span>}
              <span className="meta">
                <time dateTime={revision.updatedAt}>{formatDateTime(revision.updatedAt)}</time> by{" "}
                {revision.updatedByUserId}
              </span>
            </li>
          ))}
        </ol>
        {connection?.pageInfo.hasNextPage && (
          <button type="button" disabled={isLoading} onClick={loadMore}>
            Load more
          </button>
        )}
      </section>
      {revisions.length > 1 && <RevisionComparison revisions={revisions} />}
    </div>
  );
}
