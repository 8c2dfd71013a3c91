import { useState, type FormEvent } from "react";

interface Props {
  /** Why a key is asked for again. */
  readonly reason: string | null;
  readonly onKey: (key: string) => void;
}

export function KeyForm({ reason, onKey }: Props) {
  const [key, setKey] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim()) onKey(key.trim());
  };
  return (
    <main className="key">
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
          aria-describedby="key-hint key-reason"
          aria-invalid={reason !== null}
          onChange={(event) => setKey(event.target.value)}
        />
        <p id="key-reason" className="problem" role="alert">
          {reason}
        </p>
        <button type="submit" className="primary">
          Show the templates
        </button>
      </form>
    </main>
  );
}
