import { CloseButton, Group, Modal } from "@mantine/core";
import { useEffect, useState, type ReactNode } from "react";
import { focusHeading } from "./headingFocus";

interface Props {
  readonly title: string;
  readonly size?: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

/** A dialog over the page. Its title is no `header`, which would be a second banner of the page. */
export function Dialog({ title, size = "md", onClose, children }: Props) {
  useFocusReturn();
  return (
    <Modal.Root opened onClose={onClose} size={size} centered returnFocus={false}>
      <Modal.Overlay />
      <Modal.Content>
        <Modal.Body pt="md">
          <Group justify="space-between" wrap="nowrap" mb="sm" align="start">
            <Modal.Title component="h2" fw={650} fz="lg" className="dialog-title">
              {title}
            </Modal.Title>
            <CloseButton aria-label="Close" onClick={onClose} />
          </Group>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** Mantine gives the focus back where a dialog is closed, but not where it is unmounted. */
function useFocusReturn(): void {
  const [opener] = useState(openerOf);
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        if (opener?.isConnected && opener !== document.body) opener.focus();
        else focusHeading();
      });
    },
    [opener],
  );
}

/** What has the focus, or the button of the menu that has it, which is about to close. */
function openerOf(): HTMLElement | null {
  const active = document.activeElement as HTMLElement | null;
  const menu = active?.closest("[role=menu]");
  return menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : active;
}
