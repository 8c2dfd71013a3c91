// The playground: GraphiQL with its explorer, and operations that are ready to run.

import "./monacoWorkers.js";
import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/plugin-explorer/style.css";
import "graphiql/graphiql.css";
import "./playground.css";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN, GraphiQL } from "graphiql";
import { createRoot } from "react-dom/client";
import { developmentKey } from "../api/developmentKey.js";
import { fetcher } from "./fetcher.js";
import { operations } from "./defaultTabs.js";
import { storage } from "./storage.js";

// What the editor of variables admits for the schema's own scalars; any JSON is an empty schema.
const SCALARS = {
  DateTime: { type: "string", format: "date-time" },
  JSON: {},
  StringMap: { type: "object", additionalProperties: { type: "string" } },
};
const plugins = [explorerPlugin(), HISTORY_PLUGIN];

function Playground({ apiKey }) {
  const headers = JSON.stringify({ "x-api-key": apiKey ?? "" }, null, 2);
  const isKeyless = apiKey === null; // Then it has to be typed.
  const tabs = operations.map((operation) => ({ ...operation, headers }));
  // GraphiQL takes the first tab's variables from here; later visits bring their own.
  const isFirstVisit = localStorage.getItem("graphiql:tabState") === null;
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={storage}
      plugins={plugins}
      customScalarSchemas={SCALARS}
      defaultTabs={tabs}
      defaultHeaders={headers}
      initialHeaders={headers}
      initialVariables={isFirstVisit ? tabs[0].variables : undefined}
      showPersistHeadersSettings={false}
      defaultEditorToolsVisibility={isKeyless ? "headers" : "variables"}
    >
      <GraphiQL.Logo>
        <a href="/" className="home">
          Model Templates
        </a>
      </GraphiQL.Logo>
    </GraphiQL>
  );
}

const apiKey = await developmentKey().catch(() => undefined); // The first answer says why.
createRoot(document.getElementById("root")).render(<Playground apiKey={apiKey} />);
