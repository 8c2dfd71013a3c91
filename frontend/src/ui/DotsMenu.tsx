import { ActionIcon, Menu } from "@mantine/core";
import type { ReactNode } from "react";
import { Icon } from "./icons";
import { DOTS_BUTTON, useOpening } from "./lazyMenu";

interface Props {
  readonly label: string;
  readonly width: number;
  readonly children: ReactNode;
}

/** A menu behind a button with dots, for `lazyDotsMenu`: it opens as soon as it is there. */
export function DotsMenu({ label, width, children }: Props) {
  return (
    <Menu
      {...useOpening()}
      position="bottom-end"
      withinPortal={false}
      withInitialFocusPlaceholder={false}
      width={width}
    >
      <Menu.Target>
        <ActionIcon {...DOTS_BUTTON} aria-label={label}>
          <Icon name="dots" />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
