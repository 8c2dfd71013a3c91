import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useEffect, useMemo, useState } from "react";
import type { Template, UserError } from "../api/types";
import { useAddress } from "../browse/AddressProvider";
import { CatalogLink } from "../browse/CatalogLink";
import { ErrorNotice } from "../ui/ErrorNotice";
import { elementId, isAbout } from "../ui/fieldErrors";
import { formatDateTime, pluralize } from "../ui/format";
import { useHeadingFocus } from "../ui/headingFocus";
import type { Draft } from "./draft";
import type { Mode } from "./EditPage";
import { templateDraft, templateFields } from "./fields";
import { read } from "./reading";
import { StaleDialog } from "./StaleDialog";
import { forgetDraft, storeDraft, storedDraft, type StoredDraft } from "./storedDraft";
import { Summary } from "./Summary";
import { TemplateForm } from "./TemplateForm";
import { useSave } from "./useSave";
import { useValidation } from "./useValidation";

interface Props {
  readonly mode: Mode;
  readonly template: Template | null;
  readonly accounts: readonly string[];
  readonly initial: StoredDraft;
}

/** The form with its state: what was typed, what is wrong with it, and saving it. */
export function Editor({ mode, template, accounts, initial }: Props) {
  const name = `${mode}.${template?.id ?? ""}`;
  const [found] = useState(() => storedDraft(name));
  const [state, setState] = useState<StoredDraft>(found ?? initial);
  const [isRestored, setIsRestored] = useState(found !== null);
  const [touched, setTouched] = useState<ReadonlySet<string>>(new Set());
  const [isSubmitted, setIsSubmitted] = useState(false);
  const { navigate } = useAddress();
  const heading = useHeadingFocus();

  const reading = useMemo(() => read(templateFields, state.draft), [state.draft]);
  const base = useMemo(
    () => (state.base ? read(templateFields, state.base).input : null),
    [state.base],
  );
  const checked = useValidation(reading.input, state.accountId, base);
  const save = useSave(mode, template, state, reading.input, base);
  const errors = distinct([...reading.errors, ...checked.errors, ...save.errors]);
  const isVisible = ({ path }: UserError) =>
    isSubmitted || mode !== "new" || [...touched].some((id) => isAbout(id, elementId(path)));
  const visible = errors.filter(isVisible);
  // They depend on fields that may not be filled in yet.
  const warnings = reading.errors.length === 0 ? checked.warnings : [];

  useEffect(() => {
    document.title = `${titleOf(mode, template)} · Model Templates`;
    scrollTo(0, 0);
  }, [mode, template]);

  const change = (next: Partial<StoredDraft>) => {
    const changed = { ...state, ...next };
    setState(changed);
    storeDraft(name, changed, checked.warnings);
  };
  const discard = () => {
    forgetDraft(name);
    setState(initial);
    setIsRestored(false);
    setIsSubmitted(false);
  };
  const createAgain = () => {
    forgetDraft(name);
    storeDraft("new.", { ...state, base: null, revision: null }, checked.warnings);
    navigate({ page: "new", id: null }, "replace");
  };
  const submit = () => {
    setIsSubmitted(true);
    // After a lost answer, the template may be there already: the server knows by the requestId.
    const isRejected = save.failure === null && checked.errors.length > 0;
    if (reading.errors.length > 0 || isRejected) {
      requestAnimationFrame(() => document.getElementById("error-summary")?.focus());
      return;
    }
    void save.run().then((saved) => {
      if (saved === null) return;
      forgetDraft(name);
      notifications.show({
        message: `${mode === "edit" ? "Saved" : "Created"} ${saved.name}.`,
        color: "teal",
      });
      navigate({ page: "", id: saved.id, view: "overview" }, "replace");
    });
  };
  return (
    <>
      <CatalogLink
        to={{ page: "", id: template?.id ?? null, view: "overview" }}
        className="back-link"
      >
        ← {template ? template.name : "All templates"}
      </CatalogLink>
      <h1 className="edit-title" {...heading}>
        {titleOf(mode, template)}
      </h1>
      {isRestored && (
        <Group className="restored-draft" gap="xs">
          <Text size="sm">What you typed earlier has been restored. Secrets are not kept.</Text>
          <Button size="compact-sm" variant="subtle" onClick={discard}>
            Discard it
          </Button>
        </Group>
      )}
      <TemplateForm
        draft={state.draft}
        onDraft={(draft: Draft) => change({ draft })}
        errors={visible}
        warnings={warnings}
        accounts={mode === "edit" ? [] : accounts}
        accountId={state.accountId}
        onAccount={(accountId) => change({ accountId })}
        onTouch={(id) => id && !touched.has(id) && setTouched(new Set([...touched, id]))}
        onSubmit={submit}
      >
        <Summary kind="error" messages={visible} />
        <Summary kind="warning" messages={warnings} />
        {checked.failure && <ErrorNotice error={checked.failure} onRetry={checked.retry} />}
        {save.isGone && (
          <div className="error-notice" role="alert">
            <p>Somebody has deleted the template meanwhile.</p>
            <Button variant="default" size="compact-sm" onClick={createAgain}>
              Create it again
            </Button>
          </div>
        )}
        {save.failure && <ErrorNotice error={save.failure} onRetry={submit} />}
        <Group className="save-bar">
          <Text size="sm" c="dimmed" role="status" className="save-status">
            {statusOf(errors.length, visible.length, checked.isChecking)}
          </Text>
          <Group gap="xs">
            <Button
              variant="default"
              onClick={() => navigate({ page: "", id: template?.id ?? null, view: "overview" })}
            >
              Cancel
            </Button>
            <Button type="submit" loading={save.isSaving}>
              {mode === "edit" ? "Save changes" : "Create template"}
            </Button>
          </Group>
        </Group>
      </TemplateForm>
      {save.current && state.base && (
        <StaleDialog
          base={state.base}
          mine={state.draft}
          theirs={templateDraft(save.current)}
          change={`${save.current.updatedByUserId} changed it on ${formatDateTime(save.current.updatedAt)}.`}
          onClose={save.dismiss}
          onMerge={(draft) => {
            if (!save.current) return;
            change({ draft, base: templateDraft(save.current), revision: save.current.revision });
            save.dismiss();
          }}
        />
      )}
    </>
  );
}

function titleOf(mode: Mode, template: Template | null): string {
  if (mode === "new") return "New template";
  return mode === "edit" ? `Edit ${template?.name ?? ""}` : `Duplicate ${template?.name ?? ""}`;
}

function statusOf(errors: number, visible: number, isChecking: boolean): string {
  if (visible > 0) return `Fix ${pluralize(visible, "error")}.`;
  if (isChecking) return "Checking …";
  return errors > 0 ? "Fill in the fields marked with *." : "Ready to save.";
}

/** The server may report what the page has found itself. */
function distinct(errors: readonly UserError[]): readonly UserError[] {
  const seen = new Set<string>();
  return errors.filter(({ path, message }) => {
    const key = `${path.join(".")} ${message}`;
    return !seen.has(key) && seen.add(key);
  });
}
