import { useEffect } from "react";
import { Filters } from "./Filters";
import { TemplateList } from "./TemplateList";
import "./BrowsePage.css";

/** The list of templates, with its search and filters. */
export function BrowsePage({ isShown }: { isShown: boolean }) {
  useEffect(() => {
    if (isShown) document.title = "Catalog · Model Templates";
  }, [isShown]);
  return (
    <main className="browse-page" hidden={!isShown}>
      <h1 className="visually-hidden">Templates</h1>
      <Filters />
      <TemplateList isShown={isShown} />
    </main>
  );
}
