/** The catalog as the server sends it, which is seen while the scripts are on their way. */

import { renderToStaticMarkup } from "react-dom/server.edge";
import { PlainHeader } from "./PlainHeader";

export const html = renderToStaticMarkup(
  <>
    <PlainHeader home="/catalog" current="/catalog" />
    <main className="page" aria-busy="true" />
  </>,
);
