/**
 * The API key that the catalog sends: a development server's own, or the one that was entered.
 * An entered key is stored for the lifetime of the browser tab.
 */

import { developmentKey } from "./developmentKey";

const STORAGE_NAME = "model-templates.key";

/** The key to start with, or null if people have to enter one. Throws if the server fails. */
export async function findKey(): Promise<string | null> {
  return sessionStorage.getItem(STORAGE_NAME) ?? (await developmentKey());
}

export function storeKey(key: string): void {
  sessionStorage.setItem(STORAGE_NAME, key);
}

export function removeKey(): void {
  sessionStorage.removeItem(STORAGE_NAME);
}
