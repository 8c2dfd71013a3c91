import { Alert, Button, Group } from "@mantine/core";
import type { Template } from "../api/types";
import { useViewer } from "../api/useViewer";
import { CatalogLink } from "../browse/CatalogLink";
import { formatDateTime } from "../ui/format";
import { focusHeading } from "../ui/headingFocus";
import { lazyDotsMenu } from "../ui/lazyMenu";
import { useTemplateActions } from "./useTemplateActions";

const TemplateMenu = lazyDotsMenu("More actions", () => import("./TemplateMenu"));

/** What one can do with a template. Keys that may only read see nothing that would fail. */
export function TemplateActions({ template }: { template: Template }) {
  const { canWrite, writable } = useViewer();
  return (
    <Group gap="xs" className="actions">
      {canWrite(template.accountId) && (
        <Button component={CatalogLink} variant="default" to={{ page: "edit" }}>
          Edit
        </Button>
      )}
      {writable.length > 0 && (
        <Button component={CatalogLink} variant="default" to={{ page: "duplicate" }}>
          Duplicate
        </Button>
      )}
      <TemplateMenu template={template} />
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
