import { Tabs as MantineTabs } from "@mantine/core";
import type { ReactNode } from "react";

interface Props<Name extends string> {
  readonly label: string;
  readonly names: readonly Name[];
  readonly selected: Name;
  readonly onSelect: (name: Name) => void;
  /** A tab's text, if it is not its name. */
  readonly labelOf?: (name: Name) => string;
  /** The panel of the selected tab. */
  readonly children: ReactNode;
}

/** A row of tabs, and the panel of the one that is selected. */
export function Tabs<Name extends string>(props: Props<Name>) {
  const { label, names, selected, onSelect, labelOf = String, children } = props;
  return (
    <MantineTabs
      value={selected}
      onChange={(name) => name !== null && onSelect(name as Name)}
      keepMounted={false}
    >
      <MantineTabs.List aria-label={label} mb="md">
        {names.map((name) => (
          <MantineTabs.Tab key={name} value={name}>
            {labelOf(name)}
          </MantineTabs.Tab>
        ))}
      </MantineTabs.List>
      <MantineTabs.Panel value={selected}>{children}</MantineTabs.Panel>
    </MantineTabs>
  );
}
