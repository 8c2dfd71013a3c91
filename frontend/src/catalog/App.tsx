import { PlaceProvider, usePlace, Link } from './address';
import { Browse } from './Browse';
import { SessionProvider, useSession } from './session';
import { TemplatePage } from './TemplatePage';

export function App({ firstKey }: { firstKey: string | null }) {
  return (
    <PlaceProvider>
      <SessionProvider firstKey={firstKey}>
        <Pages />
      </SessionProvider>
    </PlaceProvider>
  );
}

function Pages() {
  const { address } = usePlace();
  return (
    <>
      <Header />
      {address.id === null ? <Browse /> : <TemplatePage key={address.id} id={address.id} />}
    </>
  );
}

function Header() {
  const { forget } = useSession();
  return (
    <header className="bar">
      <Link to={{ id: null, view: 'overview' }} className="brand">
        Model Templates
      </Link>
      <nav aria-label="Pages">
        <a href="/catalog" aria-current="page">
          Catalog
        </a>
        <a href="/graphql">Playground</a>
      </nav>
      <button type="button" className="quiet" onClick={forget}>
        Change key
      </button>
    </header>
  );
}
