import { useEffect } from 'react';
import { Filters } from './Filters';
import { Results } from './Results';

/** The list of templates. */
export function Browse() {
  useEffect(() => {
    document.title = 'Catalog · Model Templates';
  }, []);
  return (
    <main className="browse">
      <h1 className="unseen">Templates</h1>
      <Filters />
      <Results />
    </main>
  );
}
