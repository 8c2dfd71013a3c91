import { useState } from "react";
import { toJson, type Variables } from "../api/json";
import { ENDPOINT } from "../api/server";
import { CopyButton } from "../ui/CopyButton";
import { Tabs } from "../ui/Tabs";
import { curlSnippet, pythonSnippet } from "./generateSnippet";
import "./Snippets.css";

const FORMS = ["GraphQL", "curl", "Python"] as const;

interface Props {
  readonly operation: string;
  readonly variables: Variables;
}

/** The query for the launch plan, ready to run elsewhere. */
export function Snippets({ operation, variables }: Props) {
  const [form, setForm] = useState<(typeof FORMS)[number]>("GraphQL");
  return (
    <section className="card snippets" aria-label="Copy the question">
      <h2>Ask for this plan from elsewhere</h2>
      <Tabs label="Form" names={FORMS} selected={form} onSelect={setForm}>
        {form === "GraphQL" && (
          <>
            <Snippet what="operation" text={operation} />
            <Snippet what="variables" text={toJson(variables)} />
          </>
        )}
        {form === "curl" && (
          <Snippet what="curl" text={curlSnippet(ENDPOINT, operation, variables)} />
        )}
        {form === "Python" && (
          <Snippet what="Python" text={pythonSnippet(ENDPOINT, operation, variables)} />
        )}
        {form !== "GraphQL" && (
          <p className="hint">
            It reads the key from the environment variable <code>KEY</code>.
          </p>
        )}
      </Tabs>
    </section>
  );
}

function Snippet({ what, text }: { what: string; text: string }) {
  return (
    <div className="snippet">
      <div className="split-row">
        <h3>{what}</h3>
        <CopyButton text={text} what={what} />
      </div>
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
