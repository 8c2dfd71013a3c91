/** What the server sends of the catalog: it is seen while the scripts are on their way. */

import { renderToStaticMarkup } from "react-dom/server.edge";
import { PageLinks } from "./PageLinks";

export const html = renderToStaticMarkup(
  <>
    <header className="page-header">
      <a href="/catalog" className="brand">
        Model Templates
      </a>
      <PageLinks current="/catalog" />
    </header>
    <main className="page" aria-busy="true" />
  </>,
);
