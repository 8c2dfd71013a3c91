import { useState } from "react";
import getTemplate from "../api/operations/get-template.graphql";
import { useOperation } from "../api/queries";
import type { Template } from "../api/types";
import { useViewer } from "../api/useViewer";
import { CatalogLink } from "../browse/CatalogLink";
import { EmptyState } from "../ui/EmptyState";
import { ErrorNotice } from "../ui/ErrorNotice";
import { Editor } from "./Editor";
import { emptyDraft, templateDraft } from "./fields";

export type Mode = "new" | "edit" | "duplicate";

/** The form for a new template, a changed one, or the copy of one. */
export function EditPage({ mode, id }: { readonly mode: Mode; readonly id: string | null }) {
  const viewer = useViewer();
  const { data, error, refetch } = useOperation<{ modelTemplate: Template | null }>(
    getTemplate,
    { id: id ?? "" },
    { isEnabled: mode !== "new" && id !== null, keepsPrevious: false },
  );
  // A form stays when somebody deletes the template behind it.
  const [kept, setKept] = useState<Template | null>(null);
  const found = data?.modelTemplate ?? null;
  if (found !== null && found !== kept) setKept(found);
  const template = found ?? kept;
  if (mode !== "new" && error && !template) {
    return (
      <main className="page" id="main">
        <ErrorNotice error={error} onRetry={() => void refetch()} />
      </main>
    );
  }
  if (viewer.isPending || (mode !== "new" && !data))
    return <main className="page" id="main" aria-busy />;
  if (mode !== "new" && !template) {
    return (
      <Notice
        title="Template not found"
        text="It does not exist, or this API key cannot read it."
      />
    );
  }
  const mayWrite =
    mode === "edit" && template ? viewer.canWrite(template.accountId) : viewer.writable.length > 0;
  if (!mayWrite) {
    return (
      <Notice
        title="This API key can only read"
        text="Ask for a key with write access to the account."
      />
    );
  }
  return (
    <main className="page" id="main">
      <Editor
        key={`${mode} ${id ?? ""}`}
        mode={mode}
        template={template}
        accounts={viewer.writable}
        initial={initialOf(mode, template, viewer.writable)}
      />
    </main>
  );
}

function initialOf(mode: Mode, template: Template | null, writable: readonly string[]) {
  const own = template && writable.includes(template.accountId) ? template.accountId : undefined;
  const accountId = own ?? writable[0] ?? "";
  if (template === null) return { draft: emptyDraft(), accountId, base: null, revision: null };
  const draft = templateDraft(template);
  return mode === "edit"
    ? { draft, accountId, base: draft, revision: template.revision }
    : { draft: { ...draft, name: `${template.name}-copy` }, accountId, base: null, revision: null };
}

function Notice({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <main className="page" id="main">
      <CatalogLink to={{ id: null, page: "", view: "overview" }} className="back-link">
        ← All templates
      </CatalogLink>
      <EmptyState title={title} isPageTitle>
        {text}
      </EmptyState>
    </main>
  );
}
