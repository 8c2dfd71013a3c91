import { Notifications as MantineNotifications } from "@mantine/notifications";

export function Notifications() {
  return <MantineNotifications position="bottom-right" autoClose={8_000} />;
}
