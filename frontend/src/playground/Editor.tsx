/** GraphiQL with its explorer and a few operations that are ready to run. */

import "./monacoWorkers";

import { explorerPlugin } from "@graphiql/plugin-explorer";
import { useGraphiQL, useMonaco } from "@graphiql/react";
import { HISTORY_PLUGIN, GraphiQL } from "graphiql";
import { useEffect } from "react";
import { developmentKey } from "../api/developmentKey";
import { defaultTabs, firstTab } from "./defaultTabs";
import { fetcher } from "./fetcher";
import { storage } from "./storage";
import { keepTabsAccessible } from "./tabs";
import { defineThemes } from "./themes";

/** JSON Schemas of the API's own scalars, for the variables editor. `{}` admits any JSON. */
const SCALARS = {
  DateTime: { type: "string", format: "date-time" },
  JSON: {},
  StringMap: { type: "object", additionalProperties: { type: "string" } },
};
const PLUGINS = [explorerPlugin(), HISTORY_PLUGIN];

// Null where people have to enter a key. A failure here is reported by the first answer.
const apiKey = await developmentKey().catch(() => undefined);

export default function Editor() {
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
        <></>
      </GraphiQL.Logo>
      <Themes />
      <Tabs />
    </GraphiQL>
  );
}

/**
 * Keeps the tabs from being used before the editors exist: GraphiQL would switch the tab, but show
 * and run the text of the one before.
 */
function Tabs() {
  const isReady = useGraphiQL(({ queryEditor, variableEditor, headerEditor, responseEditor }) =>
    Boolean(queryEditor && variableEditor && headerEditor && responseEditor),
  );
  useEffect(() => {
    const session = document.querySelector<HTMLElement>(".graphiql-sessions");
    if (session === null) return undefined;
    session.inert = !isReady;
    return keepTabsAccessible(session);
  }, [isReady]);
  return null;
}

function Themes() {
  const monaco = useMonaco((state) => state.monaco);
  useEffect(() => {
    if (monaco !== undefined) defineThemes(monaco);
  }, [monaco]);
  return null;
}
