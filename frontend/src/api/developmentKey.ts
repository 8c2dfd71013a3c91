/** The API key that a development server hands to its own pages. */

/** Only a server on loopback has one, so pages from elsewhere need not ask. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const NOT_FOUND = 404;

interface KeyAnswer {
  readonly key: string;
  readonly errors?: readonly { readonly message: string }[];
}

/** The key, or null where there is none (in production, say). Throws if the server fails. */
export async function developmentKey(): Promise<string | null> {
  if (!LOOPBACK.includes(location.hostname)) return null;
  const response = await fetch("/development-key");
  if (response.status === NOT_FOUND) return null;
  const { key, errors } = (await response.json()) as KeyAnswer;
  if (!response.ok) throw new Error(errors?.[0]?.message ?? `HTTP ${response.status}`);
  return key;
}
