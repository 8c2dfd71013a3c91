/** Colors of the editors that keep the contrast which WCAG 2.2 AA asks for. */

import type { editor } from "monaco-editor";

/** GraphiQL's names of its themes, which Monaco updates at once. */
const THEMES = { light: "graphiql-LIGHT", dark: "graphiql-DARK" };

/** Monaco's API, of which these themes need one function. */
export interface Monaco {
  readonly editor: { defineTheme(name: string, theme: editor.IStandaloneThemeData): void };
}

export function defineThemes(monaco: Monaco) {
  monaco.editor.defineTheme(THEMES.light, theme("vs", "#3b4fc4", "#ffffff", "#007000"));
  monaco.editor.defineTheme(THEMES.dark, theme("vs-dark", "#a5b3ff", "#212a3b", "#8cc878"));
}

function theme(
  base: "vs" | "vs-dark",
  accent: string,
  surface: string,
  comment: string,
): editor.IStandaloneThemeData {
  const transparent = `${surface}00`;
  return {
    base,
    inherit: true,
    rules: [
      { token: "comment", foreground: comment },
      { token: "argument.identifier.gql", foreground: accent },
    ],
    colors: {
      "editor.background": transparent,
      "scrollbar.shadow": transparent,
      "editorHoverWidget.background": surface,
      "editorSuggestWidget.background": surface,
      "editorSuggestWidget.selectedBackground": `${accent}30`,
      "editorWidget.background": surface,
      "list.hoverBackground": `${accent}19`,
      "menu.background": surface,
      "quickInput.background": surface,
      "textLink.foreground": accent,
      focusBorder: accent,
    },
  };
}
