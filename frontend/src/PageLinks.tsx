const PAGES = { "/catalog": "Catalog", "/graphql": "Playground" } as const;

export type PageAddress = keyof typeof PAGES;

/** Links to the pages, for the headers of all of them. */
export function PageLinks({ current }: { readonly current: PageAddress }) {
  return (
    <nav aria-label="Pages">
      {Object.entries(PAGES).map(([address, name]) => (
        <a key={address} href={address} aria-current={address === current ? "page" : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}
