import { notifications } from "@mantine/notifications";
import type { Variables } from "../api/json";
import deleteTemplate from "../api/operations/delete-template.graphql";
import updateTemplate from "../api/operations/update-template.graphql";
import { useChange } from "../api/queries";
import type { Template, TemplateSpec, UserError } from "../api/types";
import { templateDraft, templateFields } from "../edit/fields";
import { patchOf } from "../edit/patch";
import { read } from "../edit/reading";
import { succeed } from "../ui/notices";

interface Payload {
  readonly modelTemplate: Template | null;
  readonly errors: readonly UserError[];
}

/** Changes to a template that need no form. Each says how it went, and offers to undo it. */
export function useTemplateActions(template: Pick<Template, "id" | "name">) {
  const update = useChange<{ updateModelTemplate: Payload }>(updateTemplate);
  const remove = useChange<{ deleteModelTemplate: { readonly errors: readonly UserError[] } }>(
    deleteTemplate,
  );

  const change = async (input: Variables): Promise<Template | null> => {
    try {
      const variables = { input: { id: template.id, ...input } };
      const { modelTemplate, errors } = (await update.mutateAsync(variables)).updateModelTemplate;
      if (modelTemplate === null) fail(errors);
      return modelTemplate;
    } catch (error) {
      fail([{ message: String((error as Error).message), path: [] }]);
      return null;
    }
  };
  const setArchived = async (archived: boolean) => {
    if ((await change({ archived })) === null) return;
    succeed(
      `${archived ? "Archived" : "Restored"} ${template.name}.`,
      () => void change({ archived: !archived }),
    );
  };
  const restoreRevision = async (revision: TemplateSpec) => {
    const current = template as Template;
    const before = read(templateFields, templateDraft(current)).input;
    const after = read(templateFields, templateDraft(revision)).input;
    const changes = patchOf(templateFields, before, after) as Variables;
    const changed = await change({ expectedRevision: current.revision, ...changes });
    if (changed === null) return;
    const back = patchOf(templateFields, after, before) as Variables;
    succeed(
      `Revision ${revision.revision} is current again, as revision ${changed.revision}.`,
      () => void change({ expectedRevision: changed.revision, ...back }),
    );
  };
  const deleteForever = async (): Promise<boolean> => {
    try {
      const answer = await remove.mutateAsync({ input: { id: template.id } });
      const { errors } = answer.deleteModelTemplate;
      if (errors.length > 0) fail(errors);
      else succeed(`Deleted ${template.name}.`);
      return errors.length === 0;
    } catch (error) {
      fail([{ message: String((error as Error).message), path: [] }]);
      return false;
    }
  };
  return {
    setArchived,
    restoreRevision,
    deleteForever,
    isPending: update.isPending || remove.isPending,
  };
}

function fail(errors: readonly UserError[]): void {
  const stale = errors.some(({ code }) => code === "STALE");
  notifications.show({
    color: "red",
    title: "Nothing was changed",
    message: stale
      ? "Somebody else has changed the template meanwhile. It has been loaded again."
      : errors.map(({ message }) => message).join(" "),
    autoClose: false,
  });
}
