import { ActionIcon, Menu } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import type { Variables } from "../api/json";
import getTemplate from "../api/operations/get-template.graphql";
import listTemplates from "../api/operations/list-templates.graphql";
import { useSession } from "../api/SessionProvider";
import type { Connection, Template, TemplateSummary } from "../api/types";
import { useViewer } from "../api/useViewer";
import type { Format } from "../transfer/exportFile";
import { Icon } from "../ui/icons";
import { MENU_BUTTON, useOpening } from "../ui/lazyMenu";
import { useAddress } from "./AddressProvider";
import { listVariables } from "./listVariables";

interface Answer {
  readonly modelTemplates: Connection<TemplateSummary>;
}

interface Found {
  readonly modelTemplate: Template | null;
}

/** Bringing templates in, and taking those out that the list shows. */
export default function ListMenu() {
  const { execute } = useSession();
  const { address, navigate } = useAddress();
  const { writable } = useViewer();
  const opening = useOpening();

  const saveAll = async (format: Format) => {
    const { signal } = new AbortController();
    const templates: Template[] = [];
    try {
      let after: string | null = null;
      do {
        const variables: Variables = { ...listVariables(address), after };
        const answer: Answer = await execute<Answer>(listTemplates, variables, signal);
        const { nodes, pageInfo } = answer.modelTemplates;
        // One by one: a list with all fields would cost the server too much.
        for (const { id } of nodes) {
          const found = await execute<Found>(getTemplate, { id }, signal);
          if (found.modelTemplate) templates.push(found.modelTemplate);
        }
        after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
      } while (after !== null);
      const { save } = await import("../transfer/exportFile");
      save(templates, "model-templates", format);
    } catch (error) {
      notifications.show({ color: "red", message: (error as Error).message });
    }
  };
  return (
    <Menu
      {...opening}
      position="bottom-end"
      withinPortal={false}
      withInitialFocusPlaceholder={false}
      width={260}
    >
      <Menu.Target>
        <ActionIcon {...MENU_BUTTON} aria-label="Import and export">
          <Icon name="dots" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {writable.length > 0 && (
          <Menu.Item
            leftSection={<Icon name="upload" />}
            onClick={() => navigate({ page: "import", id: null })}
          >
            Import templates …
          </Menu.Item>
        )}
        <Menu.Item leftSection={<Icon name="download" />} onClick={() => void saveAll("yaml")}>
          Export this list as YAML
        </Menu.Item>
        <Menu.Item leftSection={<Icon name="download" />} onClick={() => void saveAll("json")}>
          Export this list as JSON
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
