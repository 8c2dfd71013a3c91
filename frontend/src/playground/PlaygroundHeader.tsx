/** The header that all pages have, with the playground as the current one. */
export function PlaygroundHeader() {
  return (
    <header className="page-header">
      <a href="/" className="brand">
        Model Templates
      </a>
      <nav aria-label="Pages">
        <a href="/catalog">Catalog</a>
        <a href="/graphql" aria-current="page">
          Playground
        </a>
      </nav>
    </header>
  );
}
