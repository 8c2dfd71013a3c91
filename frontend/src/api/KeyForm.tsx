import { Button, PasswordInput, Stack } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { readKey } from "./keyText";

interface Props {
  /** Why the previous key did not work; null on the first attempt. */
  readonly rejection: string | null;
  readonly onKey: (key: string) => void;
}

export function KeyForm({ rejection, onKey }: Props) {
  const [text, setText] = useState("");
  const [error, setError] = useState(rejection);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const reading = readKey(text);
    if ("key" in reading) onKey(reading.key);
    else setError(reading.error);
  };
  return (
    <main className="key-page" id="main">
      <h1>Model Templates</h1>
      <p className="hint">
        Reusable deployment recipes for models: checked, versioned, ready to launch.
      </p>
      <form className="card" noValidate onSubmit={submit}>
        <Stack gap="md">
          <PasswordInput
            id="key"
            label="API key"
            description="It is kept in this browser tab until you close it, and sent to this server only. If you run the server, create a key with model-templates keys create; if not, ask whoever does. A development server prints a key when it starts, and a link that needs none."
            autoComplete="off"
            spellCheck={false}
            autoFocus
            value={text}
            error={error && <span role="alert">{error}</span>}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setError(null);
            }}
          />
          <Button type="submit">Show templates</Button>
        </Stack>
      </form>
    </main>
  );
}
