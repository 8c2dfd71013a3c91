import { ActionIcon, Button, Group, useMantineColorScheme } from "@mantine/core";
import { useSession } from "./api/SessionProvider";
import { CatalogLink } from "./browse/CatalogLink";
import { Icon } from "./ui/icons";
import { PageLinks } from "./PageLinks";
import "./PageHeader.css";

const NEXT = { auto: "light", light: "dark", dark: "auto" } as const;

export function PageHeader() {
  const { clearKey } = useSession();
  return (
    <header className="page-header">
      <a
        className="skip-link"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          const main = document.querySelector<HTMLElement>("main:not([hidden])");
          const target = main?.querySelector<HTMLElement>("[data-skip-to]") ?? main;
          if (target && !target.hasAttribute("tabindex")) target.tabIndex = -1;
          target?.focus();
        }}
      >
        Skip to the content
      </a>
      <CatalogLink to={{ id: null, page: "", view: "overview" }} className="brand">
        Model Templates
      </CatalogLink>
      <PageLinks current="/catalog" />
      <Group gap="xs">
        <SchemeButton />
        <Button variant="subtle" size="compact-sm" onClick={clearKey}>
          Change key
        </Button>
      </Group>
    </header>
  );
}

/** Light, dark, or as the system has it. */
function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const names = { auto: "as the system", light: "light", dark: "dark" };
  return (
    <ActionIcon
      size="md"
      aria-label={`Colors: ${names[colorScheme]}. Change to ${names[NEXT[colorScheme]]}`}
      title={`Colors: ${names[colorScheme]}`}
      onClick={() => setColorScheme(NEXT[colorScheme])}
    >
      <Icon name="scheme" />
    </ActionIcon>
  );
}
