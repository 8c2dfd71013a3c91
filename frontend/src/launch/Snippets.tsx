import { useState } from "react";
import { CopyButton } from "../ui/CopyButton";
import { json, type Value } from "../api/json";
import { ENDPOINT } from "../api/server";
import { curl, script } from "./generateSnippet";
import { Tabs } from "../ui/Tabs";

const FORMS = ["GraphQL", "curl", "Python"] as const;

interface Props {
  readonly operation: string;
  readonly variables: { readonly [name: string]: Value };
}

/** The question that the plan answers, to be asked elsewhere. */
export function Snippets({ operation, variables }: Props) {
  const [form, setForm] = useState<(typeof FORMS)[number]>("GraphQL");
  return (
    <section className="card snippets" aria-label="Copy the question">
      <h2>Ask for this plan from elsewhere</h2>
      <Tabs label="Form" names={FORMS} chosen={form} onChoose={setForm}>
        {form === "GraphQL" && (
          <>
            <Snippet what="operation" text={operation} />
            <Snippet what="variables" text={json(variables)} />
          </>
        )}
        {form === "curl" && <Snippet what="curl" text={curl(ENDPOINT, operation, variables)} />}
        {form === "Python" && (
          <Snippet what="Python" text={script(ENDPOINT, operation, variables)} />
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
      <div className="above">
        <h3>{what}</h3>
        <CopyButton text={text} what={what} />
      </div>
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}
