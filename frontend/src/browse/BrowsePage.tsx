import { Button, Group } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import { useViewer } from "../api/useViewer";
import { focusHeading } from "../ui/headingFocus";
import { Icon } from "../ui/icons";
import { lazyDotsMenu } from "../ui/lazyMenu";
import { cameBack } from "./AddressProvider";
import { CatalogLink } from "./CatalogLink";
import { Filters } from "./Filters";
import { Selection, SelectionContext } from "./selection";
import { SelectionBar } from "./SelectionBar";
import { TemplateList } from "./TemplateList";
import "./BrowsePage.css";

const ListMenu = lazyDotsMenu("Import and export", () => import("./ListMenu"));

/** The list of templates, with its search and filters. */
export function BrowsePage({ isShown }: { isShown: boolean }) {
  const { writable } = useViewer();
  const [selection] = useState(() => new Selection());
  const focused = useRef<HTMLElement | null>(null);
  useEffect(() => {
    if (!isShown) return;
    document.title = "Catalog · Model Templates";
    if (cameBack() === null) return;
    const wasHere = cameBack() === true && focused.current?.isConnected;
    if (wasHere) focused.current?.focus({ preventScroll: true });
    else focusHeading();
  }, [isShown]);
  return (
    <main
      className="browse-page"
      id={isShown ? "main" : undefined}
      hidden={!isShown}
      onFocus={({ target }) => (focused.current = target)}
    >
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
