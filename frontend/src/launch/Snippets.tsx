import { useState } from "react";
import { hasSecret, toJson, type Variables } from "../api/json";
import { ENDPOINT } from "../api/server";
import { CopyButton } from "../ui/CopyButton";
import { Tabs } from "../ui/Tabs";
import { curlSnippet, launchSnippet, pythonSnippet, typeScriptSnippet } from "./generateSnippet";
import "./Snippets.css";

const LANGUAGES = ["Command line", "GraphQL", "curl", "Python", "TypeScript"] as const;

interface Props {
  readonly operation: string;
  readonly variables: Variables;
}

/** The command that launches the template, and the query for the plan, ready to run elsewhere. */
export function Snippets({ operation, variables }: Props) {
  const [language, setLanguage] = useState<(typeof LANGUAGES)[number]>(LANGUAGES[0]);
  return (
    <section className="card snippets" aria-label="Code for this request">
      <h2>Do this from elsewhere</h2>
      <Tabs label="Language" names={LANGUAGES} selected={language} onSelect={setLanguage}>
        {language === "Command line" && (
          <>
            <Snippet what="command" text={launchSnippet(ENDPOINT, variables)} />
            <p className="hint">
              Launches the template: set <code>LAUNCH_URL</code> and <code>LAUNCH_API_KEY</code>.
              With <code>--dry-run</code>, it shows only what it would do.
            </p>
          </>
        )}
        {language === "GraphQL" && (
          <>
            <Snippet what="operation" text={operation} />
            <Snippet what="variables" text={toJson(variables)} />
          </>
        )}
        {language === "curl" && (
          <Snippet what="curl" text={curlSnippet(ENDPOINT, operation, variables)} />
        )}
        {language === "Python" && (
          <Snippet what="Python" text={pythonSnippet(ENDPOINT, operation, variables)} />
        )}
        {language === "TypeScript" && (
          <Snippet what="TypeScript" text={typeScriptSnippet(ENDPOINT, operation, variables)} />
        )}
        {language !== "GraphQL" && (
          <p className="hint">
            Set the environment variable <code>KEY</code> to your API key.
          </p>
        )}
        {hasSecret(variables) && (
          <p className="hint">
            Secrets are left out. Set the environment variables whose names begin with{" "}
            <code>SECRET_</code>
            {language === "GraphQL" && ", or put the values in their places"}.
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
