/** The playground: our header, at once, and GraphiQL as soon as its 1.5 MB are loaded. */

import "@graphiql/react/style.css";
import "@graphiql/plugin-doc-explorer/style.css";
import "@graphiql/plugin-history/style.css";
import "@graphiql/plugin-explorer/style.css";
import "graphiql/graphiql.css";
import "./ui/tokens.css";
import "./PageHeader.css";
import "./playground/playground.css";

import { lazy, StrictMode, Suspense } from "react";
import { createRoot } from "react-dom/client";
import { PlainHeader } from "./PlainHeader";

const Editor = lazy(() => import("./playground/Editor"));

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element #root.");
createRoot(root).render(
  <StrictMode>
    <PlainHeader home="/" current="/graphql" />
    <main>
      <h1 className="visually-hidden">GraphQL playground</h1>
      <Suspense fallback={<p className="loading">Loading the editor…</p>}>
        <Editor />
      </Suspense>
    </main>
  </StrictMode>,
);
