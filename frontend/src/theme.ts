/** Colors, fonts and sizes, for Mantine's components and for ours (ui/tokens.css). */

import {
  ActionIcon,
  Badge,
  Button,
  createTheme,
  Notification,
  type CSSVariablesResolver,
} from "@mantine/core";

export const theme = createTheme({
  primaryColor: "accent",
  primaryShade: { light: 6, dark: 5 },
  defaultRadius: "md",
  cursorType: "pointer",
  respectReducedMotion: true,
  fontFamily: 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "12px", sm: "14px", md: "15px", lg: "17px", xl: "20px" },
  headings: {
    sizes: {
      h1: { fontSize: "1.6rem", lineHeight: "1.25" },
      h2: { fontSize: "1.1rem", lineHeight: "1.35" },
      h3: { fontSize: "0.95rem", lineHeight: "1.4" },
    },
  },
  colors: {
    accent: [
      "#eef0fd",
      "#dde1fa",
      "#bcc4f6",
      "#a5b3ff",
      "#7c8bee",
      "#5567d8",
      "#3b4fc4",
      "#3244ab",
      "#2a3990",
      "#222e75",
    ],
    dark: [
      "#e6e9f0",
      "#c6cddb",
      "#a3adbf",
      "#6b7688",
      "#3a4454",
      "#2c3442",
      "#1f2632",
      "#171c26",
      "#12151c",
      "#0d1016",
    ],
  },
  components: {
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: "subtle", size: "lg" } }),
    Badge: Badge.extend({ defaultProps: { variant: "light", tt: "none", fw: 500 } }),
    Notification: Notification.extend({
      defaultProps: { closeButtonProps: { "aria-label": "Dismiss" } },
    }),
    Button: Button.extend({ defaultProps: { size: "sm" } }),
  },
});

/** Colors of texts that meet WCAG's AA on every surface of ours. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-dimmed": "#566074",
    "--mantine-color-placeholder": "#656f82",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-text": "#1a2130",
    "--mantine-color-default-border": "#c9cfd9",
  },
  dark: {
    "--mantine-color-placeholder": "#939db0",
    "--mantine-color-error": "#ff9e97",
    "--mantine-color-default-border": "#465063",
  },
});

/** The nonce that the page's policy admits for styles. */
export function styleNonce(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="style-nonce"]');
  return meta?.nonce ?? "";
}
