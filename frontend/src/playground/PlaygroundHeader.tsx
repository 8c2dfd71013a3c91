import { PageLinks } from "../PageLinks";

/** The header that all pages have, with the playground as the current one. */
export function PlaygroundHeader() {
  return (
    <header className="page-header">
      <a href="/" className="brand">
        Model Templates
      </a>
      <PageLinks current="/graphql" />
    </header>
  );
}
