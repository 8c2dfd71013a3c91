import { Button, type ButtonProps } from "@mantine/core";
import type { ComponentProps } from "react";

/** The button of the menu in ExportMenu.tsx. */
export function ExportButton(
  props: ButtonProps & Omit<ComponentProps<"button">, keyof ButtonProps>,
) {
  return (
    <Button variant="default" size="compact-sm" {...props}>
      Export
    </Button>
  );
}
