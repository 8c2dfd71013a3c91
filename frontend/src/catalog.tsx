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

// In pieces, between which the browser paints and takes input.
import "./ui/pauseForKey";
import { createRoot } from "react-dom/client";
import "./ui/pauseAfterReact";

import { MantineProvider } from "@mantine/core";
import "./theme";
import "./ui/pauseAfterMantine";
import { setNonce } from "get-nonce";
import { startTransition, StrictMode } from "react";
import { earlyAnswersAreThere } from "./api/earlyAnswers";
import { CatalogApp, lookUpKey } from "./CatalogApp";
import { cssVariablesResolver, styleNonce, theme } from "./theme";
import { Messages } from "./ui/Messages";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no element #root.");
setNonce(styleNonce());
// The server's shell of the page (shell.tsx) is shown until then.
const lookup = await lookUpKey();
await earlyAnswersAreThere();
// In a transition, rendering makes way for the first input.
startTransition(() =>
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariablesResolver}
        defaultColorScheme="auto"
        getStyleNonce={styleNonce}
        withGlobalClasses={false}
      >
        <CatalogApp initialLookup={lookup} />
        <Messages />
      </MantineProvider>
    </StrictMode>,
  ),
);
