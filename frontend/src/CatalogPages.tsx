import { useState } from "react";
import { PlaceProvider, usePlace, Link } from "./browse/address";
import { Browse } from "./browse/BrowsePage";
import { SessionProvider, useSession } from "./api/SessionProvider";
import { TemplatePage } from "./template/TemplatePage";

export function App({ firstKey }: { firstKey: string | null }) {
  return (
    <PlaceProvider>
      <SessionProvider firstKey={firstKey}>
        <Pages />
      </SessionProvider>
    </PlaceProvider>
  );
}

/** The list stays behind a template that was opened from it, pages, place and all. */
function Pages() {
  const { address } = usePlace();
  const isList = address.id === null;
  const [hasList, setHasList] = useState(isList);
  if (isList && !hasList) setHasList(true);
  return (
    <>
      <Header />
      {hasList && <Browse isShown={isList} />}
      {address.id !== null && <TemplatePage key={address.id} id={address.id} />}
    </>
  );
}

function Header() {
  const { forget } = useSession();
  return (
    <header className="bar">
      <Link to={{ id: null, view: "overview" }} className="brand">
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
