/** The playground: GraphiQL with its explorer and a few operations that are ready to run. */

import "./playground/monacoWorkers";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/plugin-explorer/style.css";
import "graphiql/graphiql.css";
import "./playground/playground.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN, GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { developmentKey } from "./api/developmentKey";
import { defaultTabs, firstTab } from "./playground/defaultTabs";
import { fetcher } from "./playground/fetcher";
import { storage } from "./playground/storage";

/** JSON Schemas of the API's own scalars, for the variables editor. `{}` admits any JSON. */
const SCALARS = {
  DateTime: { type: "string", format: "date-time" },
  JSON: {},
  StringMap: { type: "object", additionalProperties: { type: "string" } },
};
const PLUGINS = [explorerPlugin(), HISTORY_PLUGIN];

interface Props {
  /** Null where people have to enter a key; undefined if the server failed to say. */
  readonly apiKey: string | null | undefined;
}

function Playground({ apiKey }: Props) {
  const headers = JSON.stringify({ "x-api-key": apiKey ?? "" }, null, 2);
  // GraphiQL ignores the variables of the first default tab, so a first visit has to pass them
  // here. On later visits it restores its own.
  const isFirstVisit = localStorage.getItem("graphiql:tabState") === null;
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={PLUGINS}
      customScalarSchemas={SCALARS}
      defaultTabs={defaultTabs.map((tab) => ({ ...tab, headers }))}
      defaultHeaders={headers}
      initialHeaders={headers}
      {...(isFirstVisit && { initialVariables: firstTab.variables })}
      showPersistHeadersSettings={false}
      defaultEditorToolsVisibility={apiKey === null ? "headers" : "variables"}
    >
      <GraphiQL.Logo>
        <span />
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element #root.");
// A failure here is reported by the first answer.
const apiKey = await developmentKey().catch(() => undefined);
createRoot(root).render(
  <>
    <header className="playground-header">
      <a href="/">Model Templates</a>
      <nav aria-label="Pages">
        <a href="/catalog">Catalog</a>
        <a href="/graphql" aria-current="page">
          Playground
        </a>
      </nav>
    </header>
    <main>
      <h1>Playground</h1>
      <Playground apiKey={apiKey} />
    </main>
  </>,
);
