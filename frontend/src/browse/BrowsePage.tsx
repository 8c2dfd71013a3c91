import { Button, Group } from "@mantine/core";
import { useEffect, useState } from "react";
import { useViewer } from "../api/useViewer";
import { Icon } from "../ui/icons";
import { CatalogLink } from "./CatalogLink";
import { Filters } from "./Filters";
import { ListMenu } from "./ListMenu";
import { Selection, SelectionContext } from "./selection";
import { SelectionBar } from "./SelectionBar";
import { TemplateList } from "./TemplateList";
import "./BrowsePage.css";

/** The list of templates, with its search and filters. */
export function BrowsePage({ isShown }: { isShown: boolean }) {
  const { writable } = useViewer();
  const [selection] = useState(() => new Selection());
  useEffect(() => {
    if (isShown) document.title = "Catalog · Model Templates";
  }, [isShown]);
  return (
    <main className="browse-page" id={isShown ? "main" : undefined} hidden={!isShown}>
      <div className="browse-title">
        <h1>Templates</h1>
        <Group gap="xs">
          {writable.length > 0 && (
            <Button
              component={CatalogLink}
              leftSection={<Icon name="plus" />}
              to={{ page: "new", id: null }}
            >
              New template
            </Button>
          )}
          <ListMenu />
        </Group>
      </div>
      <Filters />
      <SelectionContext value={selection}>
        <SelectionBar />
        <TemplateList isShown={isShown} />
      </SelectionContext>
    </main>
  );
}
