import { Menu } from "@mantine/core";
import { useOpening } from "../ui/lazyMenu";
import { ExportButton } from "./ExportButton";
import { useExport } from "./useExport";

/** Takes the selected templates out. */
export default function ExportMenu({ ids }: { readonly ids: readonly string[] }) {
  const { run, isRunning } = useExport();
  return (
    <Menu
      {...useOpening()}
      position="top-end"
      withinPortal={false}
      withInitialFocusPlaceholder={false}
    >
      <Menu.Target>
        <ExportButton loading={isRunning} autoFocus />
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => void run(ids, "yaml")}>As YAML</Menu.Item>
        <Menu.Item onClick={() => void run(ids, "json")}>As JSON</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
