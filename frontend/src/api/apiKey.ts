/** The API key: the page's own in development, else what was typed, for as long as the tab lives. */

import { developmentKey } from "./developmentKey";

const STORED_AS = "model-templates.key";

/** A key, if there is one without asking. Throws when the server has trouble. */
export async function knownKey(): Promise<string | null> {
  return sessionStorage.getItem(STORED_AS) ?? (await developmentKey());
}

export function keepKey(key: string): void {
  sessionStorage.setItem(STORED_AS, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(STORED_AS);
}
