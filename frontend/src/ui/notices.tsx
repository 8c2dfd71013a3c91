import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { focusHeading } from "./headingFocus";

/** Says that something has been done, and offers to undo it. */
export function succeed(message: string, undo?: () => void): void {
  const id = `done-${Date.now()}`;
  notifications.show({
    id,
    color: "teal",
    withCloseButton: true,
    message: undo ? (
      <Group gap="sm" justify="space-between" wrap="nowrap">
        <span>{message}</span>
        <Button
          size="compact-sm"
          variant="subtle"
          onClick={() => {
            notifications.hide(id);
            focusHeading();
            undo();
          }}
        >
          Undo
        </Button>
      </Group>
    ) : (
      message
    ),
  });
}
