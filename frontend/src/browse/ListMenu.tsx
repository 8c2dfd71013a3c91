import { Menu } from "@mantine/core";
import type { Variables } from "../api/json";
import listTemplates from "../api/operations/list-templates.graphql";
import { useSession } from "../api/SessionProvider";
import type { Connection, TemplateSummary } from "../api/types";
import { useViewer } from "../api/useViewer";
import { DotsMenu } from "../ui/DotsMenu";
import { Icon } from "../ui/icons";
import { useAddress } from "./AddressProvider";
import { listVariables } from "./listVariables";
import { useExport } from "./useExport";

interface Answer {
  readonly modelTemplates: Connection<TemplateSummary>;
}

/** Bringing templates in, and taking those out that the list shows. */
export default function ListMenu() {
  const { execute } = useSession();
  const { address, navigate } = useAddress();
  const { writable } = useViewer();
  const { run } = useExport();

  async function* listed() {
    const { signal } = new AbortController();
    let after: string | null = null;
    do {
      const variables: Variables = { ...listVariables(address), after };
      const answer: Answer = await execute<Answer>(listTemplates, variables, signal);
      const { nodes, pageInfo } = answer.modelTemplates;
      for (const { id } of nodes) yield id;
      after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
    } while (after !== null);
  }
  return (
    <DotsMenu label="Import and export" width={260}>
      {writable.length > 0 && (
        <Menu.Item
          leftSection={<Icon name="upload" />}
          onClick={() => navigate({ page: "import", id: null })}
        >
          Import templates …
        </Menu.Item>
      )}
      <Menu.Item leftSection={<Icon name="download" />} onClick={() => void run(listed(), "yaml")}>
        Export this list as YAML
      </Menu.Item>
      <Menu.Item leftSection={<Icon name="download" />} onClick={() => void run(listed(), "json")}>
        Export this list as JSON
      </Menu.Item>
    </DotsMenu>
  );
}
