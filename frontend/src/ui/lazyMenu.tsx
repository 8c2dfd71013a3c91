import { ActionIcon } from "@mantine/core";
import { lazy, Suspense, useEffect, useState, type ComponentType } from "react";
import { Icon } from "./icons";

interface ButtonProps {
  readonly autoFocus: boolean;
  readonly "aria-haspopup": "menu";
  readonly "aria-expanded": boolean;
  readonly onPointerEnter: () => void;
  readonly onFocus: () => void;
  readonly onClick: () => void;
}

type Load<Props> = () => Promise<{ readonly default: ComponentType<Props> }>;

/**
 * A button that opens a menu, which is loaded when the button is about to be used. The menu draws
 * the button itself from then on, with autoFocus, and opens by useOpening.
 */
export function lazyMenu<Props extends object>(
  MenuButton: ComponentType<ButtonProps>,
  load: Load<Props>,
) {
  const Menu = lazy(load);
  const preload = () => void load().catch(() => undefined);
  return function LazyMenu(props: Props) {
    const [isWanted, setIsWanted] = useState(false);
    const button = (
      <MenuButton
        autoFocus={false}
        aria-haspopup="menu"
        aria-expanded={false}
        onPointerEnter={preload}
        onFocus={preload}
        onClick={() => setIsWanted(true)}
      />
    );
    if (!isWanted) return button;
    return (
      <Suspense fallback={button}>
        <Menu {...props} />
      </Suspense>
    );
  };
}

/** A menu behind a button with dots, which draws the button with DOTS_BUTTON. */
export function lazyDotsMenu<Props extends object>(label: string, load: Load<Props>) {
  const DotsButton = (props: ButtonProps) => (
    <ActionIcon {...DOTS_BUTTON} {...props} aria-label={label}>
      <Icon name="dots" />
    </ActionIcon>
  );
  return lazyMenu(DotsButton, load);
}

/** It replaces the button that was pressed, and so takes the focus. */
export const DOTS_BUTTON = { variant: "default", size: 36, autoFocus: true } as const;

/** The state of a menu that opens as soon as it is there. */
export function useOpening() {
  const [opened, onChange] = useState(false);
  useEffect(() => onChange(true), []);
  return { opened, onChange };
}
