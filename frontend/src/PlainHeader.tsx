import { PageLinks, type PageAddress } from "./PageLinks";

interface Props {
  readonly home: string;
  readonly current: PageAddress;
}

/** The header that all pages have, without what only the catalog has in it. */
export function PlainHeader({ home, current }: Props) {
  return (
    <header className="page-header">
      <a href={home} className="brand">
        Model Templates
      </a>
      <PageLinks current={current} />
    </header>
  );
}
