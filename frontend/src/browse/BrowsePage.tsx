import { Button, Group } from "@mantine/core";
import { useEffect } from "react";
import { useViewer } from "../api/useViewer";
import { Icon } from "../ui/icons";
import { lazyMenu } from "../ui/lazyMenu";
import { CatalogLink } from "./CatalogLink";
import { Filters } from "./Filters";
import { TemplateList } from "./TemplateList";
import "./BrowsePage.css";

const ListMenu = lazyMenu("Import and export", () => import("./ListMenu"));

/** The list of templates, with its search and filters. */
export function BrowsePage({ isShown }: { isShown: boolean }) {
  const { writable } = useViewer();
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
      <TemplateList isShown={isShown} />
    </main>
  );
}
