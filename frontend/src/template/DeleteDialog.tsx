import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import type { Template } from "../api/types";
import { Dialog } from "../ui/Dialog";
import { useTemplateActions } from "./useTemplateActions";

interface Props {
  readonly template: Template;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

/** Deletes a template once its name has been typed. */
export function DeleteDialog({ template, onClose, onDeleted }: Props) {
  const [typed, setTyped] = useState("");
  const { deleteForever, isPending } = useTemplateActions(template);
  const isSame = typed.trim() === template.name.trim();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isSame) void deleteForever().then((isDone) => (isDone ? onDeleted() : onClose()));
  };
  return (
    <Dialog onClose={onClose} title={`Delete ${template.name}?`}>
      <form onSubmit={submit}>
        <Stack>
          <Text size="sm">
            The template is deleted with its{" "}
            {template.revision === 1 ? "history" : `${template.revision} revisions`}. This cannot be
            undone. To keep it, archive it instead.
          </Text>
          <TextInput
            data-autofocus
            label="Type the template's name to confirm"
            description={<code>{template.name}</code>}
            value={typed}
            autoComplete="off"
            spellCheck={false}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" color="red" disabled={!isSame} loading={isPending}>
              Delete
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
