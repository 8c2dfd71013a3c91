import { useEffect, useRef, useState } from "react";
import { Link, usePlace, VIEWS } from "../browse/address";
import { useAnswer } from "../api/useQuery";
import { Badges } from "../ui/Badges";
import { firstDraft } from "../launch/draft";
import { LaunchView } from "../launch/LaunchView";
import template from "../api/operations/get-template.graphql";
import { Overview } from "./Overview";
import { Revisions } from "./Revisions";
import { useSession } from "../api/SessionProvider";
import { Tabs } from "../ui/Tabs";
import { Trouble } from "../ui/ErrorNotice";
import type { Template } from "../api/types";
import { capital } from "../ui/format";

/** One template: what it says, what Launch would be asked, what it was. */
export function TemplatePage({ id }: { id: string }) {
  const { ask } = useSession();
  const answered = useAnswer<{ modelTemplate: Template | null }>(ask, template, { id });
  const { data, refusal, isWaiting, retry } = answered;
  return (
    <main className="page" aria-busy={isWaiting}>
      <Link to={{ id: null, view: "overview" }} className="back">
        ← All templates
      </Link>
      {refusal && <Trouble refusal={refusal} onRetry={retry} />}
      {data?.modelTemplate && <Views template={data.modelTemplate} />}
      {data && !data.modelTemplate && (
        <>
          <h1>No template</h1>
          <p className="nothing">There is no such template, or none that this key may read.</p>
        </>
      )}
    </main>
  );
}

function Views({ template }: { template: Template }) {
  const { address, go } = usePlace();
  const [draft, setDraft] = useState(() => firstDraft(template)); // Kept while others are looked at.
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${template.name} · Model Templates`;
    heading.current?.focus();
  }, [template.name]);
  return (
    <>
      <div className="title">
        <h1 ref={heading} tabIndex={-1}>
          {template.name}
        </h1>
        <Badges template={template} />
      </div>
      <Tabs
        label="Views"
        names={VIEWS}
        chosen={address.view}
        called={capital}
        onChoose={(view) => go({ view })}
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
