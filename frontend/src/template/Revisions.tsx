import { Button } from "@mantine/core";
import listRevisions from "../api/operations/list-revisions.graphql";
import type { Connection, Template, TemplateSpec } from "../api/types";
import { usePages } from "../api/queries";
import { useViewer } from "../api/useViewer";
import { ErrorNotice } from "../ui/ErrorNotice";
import { formatDateTime, pluralize } from "../ui/format";
import { RevisionComparison } from "./RevisionComparison";
import { useTemplateActions } from "./useTemplateActions";
import "./Revisions.css";

interface Answer {
  readonly modelTemplate: { readonly revisions: Connection<TemplateSpec> } | null;
}

/** The current and earlier revisions, and the differences between two of them. */
export function Revisions({ template }: { template: Template }) {
  const { connection, error, isFetching, hasNextPage, fetchNextPage, refetch } = usePages(
    listRevisions,
    { id: template.id },
    ({ modelTemplate }: Answer) => modelTemplate?.revisions,
  );
  const { canWrite } = useViewer();
  const { restoreRevision, isPending } = useTemplateActions(template);
  const oldest = connection?.oldestRevision ?? 1;
  const revisions: readonly TemplateSpec[] = [template, ...(connection?.nodes ?? [])];
  return (
    <div className="revisions stack" aria-busy={isFetching}>
      <section className="card">
        <h2>Revisions</h2>
        <p role="status">
          {connection ? pluralize(connection.totalCount, "earlier revision") : ""}
        </p>
        {oldest > 1 && (
          <p className="hint">Revisions before {oldest.toLocaleString("en")} are no longer kept.</p>
        )}
        {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
        <ol className="revision-list">
          {revisions.map((revision) => (
            <li key={revision.revision}>
              <strong>Revision {revision.revision}</strong>
              {revision === template && <span className="badge highlighted">current</span>}
              <span className="meta">
                <time dateTime={revision.updatedAt}>{formatDateTime(revision.updatedAt)}</time> by{" "}
                {revision.updatedByUserId}
              </span>
              {revision !== template && canWrite(template.accountId) && (
                <Button
                  variant="subtle"
                  size="compact-sm"
                  disabled={isPending}
                  aria-label={`Restore revision ${revision.revision}`}
                  onClick={() => void restoreRevision(revision)}
                >
                  Restore
                </Button>
              )}
            </li>
          ))}
        </ol>
        {hasNextPage && (
          <Button
            variant="default"
            size="compact-sm"
            disabled={isFetching}
            onClick={() => void fetchNextPage()}
          >
            Load more
          </Button>
        )}
      </section>
      {revisions.length > 1 && (
        <RevisionComparison template={template} loaded={revisions} oldest={oldest} />
      )}
    </div>
  );
}
