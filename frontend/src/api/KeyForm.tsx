import { useState, type FormEvent } from "react";
import "./KeyForm.css";

interface Props {
  /** Why the previous key did not work; null on the first attempt. */
  readonly rejection: string | null;
  readonly onKey: (key: string) => void;
}

export function KeyForm({ rejection, onKey }: Props) {
  const [key, setKey] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim()) onKey(key.trim());
  };
  return (
    <main className="key-page">
      <h1>Model Templates</h1>
      <form className="card" onSubmit={submit}>
        <label htmlFor="key">API key</label>
        <p id="key-hint" className="hint">
          It is kept in this browser tab until you close it, and sent to this server only. If you
          run the server, create a key with <code>model-templates keys create</code>; if not, ask
          whoever does. A development server prints a key when it starts, and a link that needs
          none.
        </p>
        <input
          id="key"
          type="password"
          autoComplete="off"
          spellCheck={false}
          autoFocus
          required
          value={key}
          aria-describedby="key-hint key-error"
          aria-invalid={rejection !== null}
          onChange={(event) => setKey(event.target.value)}
        />
        <p id="key-error" className="field-error" role="alert">
          {rejection}
        </p>
        <button type="submit" className="primary">
          Show templates
        </button>
      </form>
    </main>
  );
}
