import { notificationsStore } from "@mantine/notifications";
import { useEffect, useState, type ComponentType } from "react";
import { whenIdle } from "./whenIdle";

/**
 * The messages that are sent, all of which are kept until what shows them is loaded: with the first
 * of them, or when the page has been there for a while.
 */
export function Messages() {
  const [Notifications, setNotifications] = useState<ComponentType | null>(null);
  useEffect(() => {
    const load = () =>
      void import("./Notifications").then(
        (loaded) => setNotifications(() => loaded.Notifications),
        () => undefined, // The next message tries again.
      );
    const unsubscribe = notificationsStore.subscribe(load);
    const cancel = whenIdle(load);
    return () => {
      unsubscribe();
      cancel();
    };
  }, []);
  return Notifications && <Notifications />;
}
