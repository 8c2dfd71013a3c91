import { useSession } from "./api/SessionProvider";
import { CatalogLink } from "./browse/CatalogLink";
import "./PageHeader.css";

export function PageHeader() {
  const { clearKey } = useSession();
  return (
    <header className="page-header">
      <CatalogLink to={{ id: null, view: "overview" }} className="brand">
        Model Templates
      </CatalogLink>
      <nav aria-label="Pages">
        <a href="/catalog" aria-current="page">
          Catalog
        </a>
        <a href="/graphql">Playground</a>
      </nav>
      <button type="button" className="quiet" onClick={clearKey}>
        Change key
      </button>
    </header>
  );
}
