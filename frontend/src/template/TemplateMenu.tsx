import { Menu } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import type { Template } from "../api/types";
import { useViewer } from "../api/useViewer";
import { useAddress } from "../browse/AddressProvider";
import type { Format } from "../transfer/exportFile";
import { DotsMenu } from "../ui/DotsMenu";
import { useTemplateActions } from "./useTemplateActions";

const DeleteDialog = lazy(async () => ({
  default: (await import("./DeleteDialog")).DeleteDialog,
}));

/** What is done with a template less often. */
export default function TemplateMenu({ template }: { readonly template: Template }) {
  const { canWrite } = useViewer();
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
    <>
      <DotsMenu label="More actions" width={220}>
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
      </DotsMenu>
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
