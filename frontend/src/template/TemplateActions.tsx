import { ActionIcon, Alert, Button, Group, Menu } from "@mantine/core";
import { useState } from "react";
import type { Template } from "../api/types";
import { useViewer } from "../api/useViewer";
import { useAddress } from "../browse/AddressProvider";
import { CatalogLink } from "../browse/CatalogLink";
import type { Format } from "../transfer/exportFile";
import { formatDateTime } from "../ui/format";
import { focusHeading } from "../ui/headingFocus";
import { Icon } from "../ui/icons";
import { DeleteDialog } from "./DeleteDialog";
import { useTemplateActions } from "./useTemplateActions";

/** What one can do with a template. Keys that may only read see nothing that would fail. */
export function TemplateActions({ template }: { template: Template }) {
  const { canWrite, writable } = useViewer();
  const { navigate } = useAddress();
  const { setArchived } = useTemplateActions(template);
  const [isDeleting, setIsDeleting] = useState(false);
  const mayChange = canWrite(template.accountId);
  const saveAs = async (format: Format) => {
    const { save } = await import("../transfer/exportFile");
    save([template], template.name, format);
  };
  const isArchived = template.archivedAt !== null;
  return (
    <Group gap="xs" className="actions">
      {mayChange && (
        <Button component={CatalogLink} variant="default" to={{ page: "edit" }}>
          Edit
        </Button>
      )}
      {writable.length > 0 && (
        <Button component={CatalogLink} variant="default" to={{ page: "duplicate" }}>
          Duplicate
        </Button>
      )}
      <Menu
        position="bottom-end"
        withinPortal={false}
        withInitialFocusPlaceholder={false}
        width={220}
      >
        <Menu.Target>
          <ActionIcon variant="default" size={36} aria-label="More actions">
            <Icon name="dots" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => navigate({ page: "compare" })}>Compare …</Menu.Item>
          <Menu.Item onClick={() => void saveAs("yaml")}>Export as YAML</Menu.Item>
          <Menu.Item onClick={() => void saveAs("json")}>Export as JSON</Menu.Item>
          {mayChange && (
            <>
              <Menu.Divider />
              <Menu.Item onClick={() => void setArchived(!isArchived)}>
                {isArchived ? "Restore from the archive" : "Archive"}
              </Menu.Item>
              <Menu.Item c="var(--error)" onClick={() => setIsDeleting(true)}>
                Delete …
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {isDeleting && (
        <DeleteDialog
          template={template}
          onClose={() => setIsDeleting(false)}
          onDeleted={() => navigate({ id: null, page: "", view: "overview" }, "replace")}
        />
      )}
    </Group>
  );
}

export function ArchivedBanner({ template }: { template: Template }) {
  const { canWrite } = useViewer();
  const { setArchived, isPending } = useTemplateActions(template);
  if (template.archivedAt === null) return null;
  return (
    <Alert
      data-tone="warning"
      mb="md"
      title="This template is archived"
      className="archived-banner"
    >
      <Group justify="space-between">
        <span>
          Archived on {formatDateTime(template.archivedAt)}. Lists leave it out, and nobody should
          launch it any more.
        </span>
        {canWrite(template.accountId) && (
          <Button
            variant="default"
            size="compact-sm"
            loading={isPending}
            onClick={() => {
              focusHeading();
              void setArchived(false);
            }}
          >
            Restore
          </Button>
        )}
      </Group>
    </Alert>
  );
}
