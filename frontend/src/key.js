// The key that a server for development hands to its own pages.

// Where such a server is; elsewhere there is nothing to ask for.
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

// The key, or null where there is none (in production, say).
export async function developmentKey() {
  if (!LOOPBACK.includes(location.hostname)) return null;
  const response = await fetch("/development-key");
  return response.ok ? (await response.json()).key : null;
}
