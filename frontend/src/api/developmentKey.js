// The key that a server for development hands to its own pages.

// Where such a server is; elsewhere there is nothing to ask for.
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const NONE = 404;

// The key, or null where there is none (in production, say). Throws when the server has trouble.
export async function developmentKey() {
  if (!LOOPBACK.includes(location.hostname)) return null;
  const response = await fetch("/development-key");
  if (response.status === NONE) return null;
  const { key, errors } = await response.json();
  if (!response.ok) throw new Error(errors?.[0]?.message ?? `HTTP ${response.status}`);
  return key;
}
