/** The catalog: browse templates, read one, and preview what launching it would request. */

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { CatalogApp } from "./CatalogApp";
import "./catalog.css";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element #root.");
createRoot(root).render(
  <StrictMode>
    <CatalogApp />
  </StrictMode>,
);
