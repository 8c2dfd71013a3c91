import { useEffect, useRef, useState } from "react";
import getTemplate from "../api/operations/get-template.graphql";
import { useOperation } from "../api/queries";
import type { Template } from "../api/types";
import { useViewer } from "../api/useViewer";
import { VIEWS } from "../browse/address";
import { useAddress } from "../browse/AddressProvider";
import { CatalogLink } from "../browse/CatalogLink";
import { draftFromAddress } from "../launch/addressDraft";
import { LaunchView } from "../launch/LaunchView";
import { Badges } from "../ui/Badges";
import { EmptyState } from "../ui/EmptyState";
import { ErrorNotice } from "../ui/ErrorNotice";
import { capitalize } from "../ui/format";
import { Tabs } from "../ui/Tabs";
import { Overview } from "./Overview";
import { Revisions } from "./Revisions";
import { ArchivedBanner, TemplateActions } from "./TemplateActions";
import "./TemplatePage.css";

/** One template in three views: its fields, its launch plan and its revisions. */
export function TemplatePage({ id }: { id: string }) {
  const { data, error, isFetching, refetch } = useOperation<{ modelTemplate: Template | null }>(
    getTemplate,
    { id },
    { keepsPrevious: false },
  );
  // What the key may do decides on the buttons, whose row would push down what is below.
  const { isPending } = useViewer();
  return (
    <main className="page" id="main" aria-busy={isFetching}>
      <CatalogLink to={{ id: null, view: "overview" }} className="back-link">
        ← All templates
      </CatalogLink>
      {error && <ErrorNotice error={error} onRetry={() => void refetch()} />}
      {!isPending && data?.modelTemplate && <TemplateViews template={data.modelTemplate} />}
      {data && !data.modelTemplate && (
        <EmptyState title="Template not found" isPageTitle>
          It does not exist, or this API key cannot read it.
        </EmptyState>
      )}
    </main>
  );
}

function TemplateViews({ template }: { template: Template }) {
  const { address, navigate } = useAddress();
  // Kept here so that what was typed outlasts a visit to another view.
  const [draft, setDraft] = useState(() => draftFromAddress(template, location.search));
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
        <TemplateActions template={template} />
      </div>
      <ArchivedBanner template={template} />
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
