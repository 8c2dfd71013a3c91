/** The catalog: browse templates, read one, and preview what launching it would request. */

// Imported before the components, whose stylesheets override these.
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/controls.css";
import "./ui/shared.css";

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { CatalogApp } from "./CatalogApp";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element #root.");
createRoot(root).render(
  <StrictMode>
    <CatalogApp />
  </StrictMode>,
);
