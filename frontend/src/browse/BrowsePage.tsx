import { useEffect } from "react";
import { Filters } from "./Filters";
import { Results } from "./TemplateList";

/** The list of templates. */
export function Browse({ isShown }: { isShown: boolean }) {
  useEffect(() => {
    if (isShown) document.title = "Catalog · Model Templates";
  }, [isShown]);
  return (
    <main className="browse" hidden={!isShown}>
      <h1 className="unseen">Templates</h1>
      <Filters />
      <Results isShown={isShown} />
    </main>
  );
}
