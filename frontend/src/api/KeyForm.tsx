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
          It stays in this tab until you close it, and is sent to this server only. Who runs the
          server makes one with <code>model-templates keys create</code>.
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
          Show the templates
        </button>
      </form>
    </main>
  );
}
