import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Start } from "./CatalogApp";
import "./catalog.css";

const root = document.getElementById("root");
if (root === null) throw new Error("no root");
createRoot(root).render(
  <StrictMode>
    <Start />
  </StrictMode>,
);
