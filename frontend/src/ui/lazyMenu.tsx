import { ActionIcon } from "@mantine/core";
import { lazy, Suspense, useEffect, useState, type ComponentType } from "react";
import { Icon } from "./icons";

/**
 * A button with dots that opens a menu, which is loaded when the button is about to be used. The
 * menu draws the button itself from then on, with MENU_BUTTON, and opens by useOpening.
 */
export function lazyMenu<Props extends object>(
  label: string,
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
) {
  const Menu = lazy(load);
  const preload = () => void load().catch(() => undefined);
  return function LazyMenu(props: Props) {
    const [isWanted, setIsWanted] = useState(false);
    const button = (
      <ActionIcon
        {...MENU_BUTTON}
        autoFocus={false}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={false}
        onPointerEnter={preload}
        onFocus={preload}
        onClick={() => setIsWanted(true)}
      >
        <Icon name="dots" />
      </ActionIcon>
    );
    if (!isWanted) return button;
    return (
      <Suspense fallback={button}>
        <Menu {...props} />
      </Suspense>
    );
  };
}

/** It replaces the button that was pressed, and so takes the focus. */
export const MENU_BUTTON = { variant: "default", size: 36, autoFocus: true } as const;

/** The state of a menu that opens as soon as it is there. */
export function useOpening() {
  const [opened, onChange] = useState(false);
  useEffect(() => onChange(true), []);
  return { opened, onChange };
}
