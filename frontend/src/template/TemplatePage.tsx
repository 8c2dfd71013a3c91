import { useEffect, useRef, useState } from "react";
import getTemplate from "../api/operations/get-template.graphql";
import { useSession } from "../api/SessionProvider";
import type { Template } from "../api/types";
import { useQuery } from "../api/useQuery";
import { VIEWS } from "../browse/address";
import { useAddress } from "../browse/AddressProvider";
import { CatalogLink } from "../browse/CatalogLink";
import { initialDraft } from "../launch/draft";
import { LaunchView } from "../launch/LaunchView";
import { Badges } from "../ui/Badges";
import { ErrorNotice } from "../ui/ErrorNotice";
import { capitalize } from "../ui/format";
import { Tabs } from "../ui/Tabs";
import { Overview } from "./Overview";
import { Revisions } from "./Revisions";
import "./TemplatePage.css";

/** One template in three views: its fields, its launch plan and its revisions. */
export function TemplatePage({ id }: { id: string }) {
  const { execute } = useSession();
  const { data, error, isLoading, retry } = useQuery<{ modelTemplate: Template | null }>(
    execute,
    getTemplate,
    { id },
  );
  return (
    <main className="page" aria-busy={isLoading}>
      <CatalogLink to={{ id: null, view: "overview" }} className="back-link">
        ← All templates
      </CatalogLink>
      {error && <ErrorNotice error={error} onRetry={retry} />}
      {data?.modelTemplate && <TemplateViews template={data.modelTemplate} />}
      {data && !data.modelTemplate && (
        <>
          <h1>Template not found</h1>
          <p className="empty-message">It does not exist, or this API key cannot read it.</p>
        </>
      )}
    </main>
  );
}

function TemplateViews({ template }: { template: Template }) {
  const { address, navigate } = useAddress();
  // Kept here so that what was typed outlasts a visit to another view.
  const [draft, setDraft] = useState(() => initialDraft(template));
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${template.name} · Model Templates`;
    heading.current?.focus();
  }, [template.name]);
  return (
    <>
      <div className="template-title">
        <h1 ref={heading} tabIndex={-1}>
          {template.name}
        </h1>
        <Badges template={template} />
      </div>
      <Tabs
        label="Views"
        names={VIEWS}
        selected={address.view}
        labelOf={capitalize}
        onSelect={(view) => navigate({ view })}
      >
        {address.view === "overview" && <Overview template={template} />}
        {address.view === "launch" && (
          <LaunchView template={template} draft={draft} onDraft={setDraft} />
        )}
        {address.view === "revisions" && <Revisions template={template} />}
      </Tabs>
    </>
  );
}
