import { NativeSelect } from "@mantine/core";
import getRevision from "../api/operations/get-revision.graphql";
import { useOperation } from "../api/queries";
import type { Template, TemplateSpec } from "../api/types";
import { useAddress } from "../browse/AddressProvider";
import { ErrorNotice } from "../ui/ErrorNotice";
import { ChangeList } from "./ChangeList";
import { comparable } from "./comparable";
import "./RevisionComparison.css";

interface Props {
  readonly template: Template;
  /** Revisions that are loaded already. */
  readonly loaded: readonly TemplateSpec[];
  readonly oldest: number;
}

/** The differences between any two revisions; at first between the latest two. */
export function RevisionComparison({ template, loaded, oldest }: Props) {
  const { address, navigate } = useAddress();
  const latest = template.revision;
  const isKept = (text: string) => Number(text) >= oldest && Number(text) <= latest;
  const from = isKept(address.from) ? Number(address.from) : latest - 1;
  const to = isKept(address.to) ? Number(address.to) : latest;
  const before = useRevision(template, loaded, from);
  const after = useRevision(template, loaded, to);
  const numbers = Array.from({ length: latest - oldest + 1 }, (_, n) => String(latest - n));
  return (
    <section className="card" aria-label="Changes">
      <h2>Changes</h2>
      <div className="revision-choices">
        <NativeSelect
          label="From revision"
          value={String(from)}
          data={numbers}
          onChange={(event) => navigate({ from: event.currentTarget.value }, "replace")}
        />
        <NativeSelect
          label="to revision"
          value={String(to)}
          data={numbers}
          onChange={(event) => navigate({ to: event.currentTarget.value }, "replace")}
        />
      </div>
      {[before, after].map(
        ({ error, refetch }, n) =>
          error && <ErrorNotice key={n} error={error} onRetry={() => void refetch()} />,
      )}
      {before.revision && after.revision && (
        <ChangeList before={comparable(before.revision)} after={comparable(after.revision)} />
      )}
    </section>
  );
}

interface Answer {
  readonly modelTemplate: { readonly revisionAt: TemplateSpec | null } | null;
}

/** A revision by its number, from the server unless it is loaded. */
function useRevision(template: Template, loaded: readonly TemplateSpec[], revision: number) {
  const known = loaded.find((it) => it.revision === revision);
  const variables = { id: template.id, revision };
  const { data, error, refetch } = useOperation<Answer>(getRevision, variables, {
    isEnabled: known === undefined,
    keepsPrevious: false,
  });
  const revisionFound = known ?? data?.modelTemplate?.revisionAt ?? null;
  return { revision: revisionFound, error: known ? null : error, refetch };
}
