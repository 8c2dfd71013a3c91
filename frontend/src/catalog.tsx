/** The catalog: find, read, write and compare templates, and preview what launching one requests. */

// Imported before the components, whose stylesheets override these.
import "./ui/mantine.css";
import "./ui/tokens.css";
import "./ui/base.css";
import "./ui/shared.css";
// Not loaded with the parts that are imported later, as scripts are.
import "./edit/StaleDialog.css";
import "./edit/TemplateForm.css";
import "./transfer/ImportPage.css";

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { CatalogApp } from "./CatalogApp";
import { cssVariablesResolver, styleNonce, theme } from "./theme";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element #root.");
setNonce(styleNonce());
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariablesResolver}
      defaultColorScheme="auto"
      getStyleNonce={styleNonce}
      withGlobalClasses={false}
    >
      <Notifications position="bottom-right" autoClose={8_000} />
      <CatalogApp />
    </MantineProvider>
  </StrictMode>,
);
