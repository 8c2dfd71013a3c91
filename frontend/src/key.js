// The key that a server for development hands to its own pages.

// The key, or null where there is none (in production, say).
export async function developmentKey() {
  const response = await fetch("/development-key");
  return response.ok ? (await response.json()).key : null;
}
