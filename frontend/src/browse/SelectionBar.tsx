import { Button, CloseButton, Group } from "@mantine/core";
import { useViewer } from "../api/useViewer";
import type { TemplateSummary } from "../api/types";
import { pluralize } from "../ui/format";
import { lazyMenu } from "../ui/lazyMenu";
import { ExportButton } from "./ExportButton";
import { useSelection } from "./selection";
import { useArchiveMany } from "./useArchiveMany";
import "./SelectionBar.css";

const ExportMenu = lazyMenu(ExportButton, () => import("./ExportMenu"));

/** How many templates are selected, and what can be done with them. */
export function SelectionBar() {
  const { selection, selected, listed } = useSelection();
  const { canWrite } = useViewer();
  const archive = useArchiveMany();
  const mine = [...selected.values()].filter(({ accountId }) => canWrite(accountId));
  const active = mine.filter(({ archivedAt }) => archivedAt === null);
  const archived = mine.filter(({ archivedAt }) => archivedAt !== null);
  const others = selected.size > 0 ? listed.filter(({ id }) => !selected.has(id)) : [];

  const leave = () =>
    document.querySelector<HTMLElement>("[data-skip-to]")?.focus({ preventScroll: true });
  const setArchived = async (templates: readonly TemplateSummary[], isArchived: boolean) => {
    const done = await archive.run(templates, isArchived);
    selection.remove(done.map(({ id }) => id));
    leave();
  };
  const count = selected.size > 0 ? `${pluralize(selected.size, "template")} selected` : "";
  return (
    <section
      className="selection-bar"
      aria-label={selected.size > 0 ? "Selection" : undefined}
      data-empty={selected.size === 0}
    >
      <p role="status">{count}</p>
      {selected.size > 0 && (
        <CloseButton
          aria-label="Clear the selection"
          onClick={() => {
            selection.remove([...selected.keys()]);
            leave();
          }}
        />
      )}
      {selected.size > 0 && (
        <Group gap="xs">
          {others.length > 0 && (
            <Button variant="subtle" size="compact-sm" onClick={() => selection.add(others)}>
              Select all {listed.length}
              <span className="of-listed">&nbsp;shown</span>
            </Button>
          )}
          <ExportMenu ids={[...selected.keys()]} />
          {active.length > 0 && (
            <Button
              variant="default"
              size="compact-sm"
              loading={archive.isRunning}
              onClick={() => void setArchived(active, true)}
            >
              {active.length < selected.size ? `Archive ${active.length}` : "Archive"}
            </Button>
          )}
          {archived.length > 0 && (
            <Button
              variant="default"
              size="compact-sm"
              loading={archive.isRunning}
              onClick={() => void setArchived(archived, false)}
            >
              {archived.length < selected.size ? `Restore ${archived.length}` : "Restore"}
            </Button>
          )}
        </Group>
      )}
    </section>
  );
}
