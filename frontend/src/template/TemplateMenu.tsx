import { ActionIcon, Menu } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { Template } from "../api/types";
import { useViewer } from "../api/useViewer";
import { useAddress } from "../browse/AddressProvider";
import type { Format } from "../transfer/exportFile";
import { Icon } from "../ui/icons";
import { MENU_BUTTON, useOpening } from "../ui/lazyMenu";
import { useTemplateActions } from "./useTemplateActions";

const DeleteDialog = lazy(async () => ({
  default: (await import("./DeleteDialog")).DeleteDialog,
}));

/** What is done with a template less often. */
export default function TemplateMenu({ template }: { readonly template: Template }) {
  const { canWrite } = useViewer();
  const { navigate } = useAddress();
  const { setArchived } = useTemplateActions(template);
  const opening = useOpening();
  const [isDeleting, setIsDeleting] = useState(false);
  const mayChange = canWrite(template.accountId);
  const saveAs = async (format: Format) => {
    const { save } = await import("../transfer/exportFile");
    save([template], template.name, format);
  };
  const isArchived = template.archivedAt !== null;
  return (
    <>
      <Menu
        {...opening}
        position="bottom-end"
        withinPortal={false}
        withInitialFocusPlaceholder={false}
        width={220}
      >
        <Menu.Target>
          <ActionIcon {...MENU_BUTTON} aria-label="More actions">
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
        <Suspense>
          <DeleteDialog
            template={template}
            onClose={() => setIsDeleting(false)}
            onDeleted={() => navigate({ id: null, page: "", view: "overview" }, "replace")}
          />
        </Suspense>
      )}
    </>
  );
}
