/**
 * The API key that a development server hands to its own pages, if they were opened by the link that
 * it printed in the terminal.
 *
 * The link ends in `#token=…`. The token is good for one request, which also gets a session for later
 * ones. Local storage holds the session, not the key; unlike cookies, it belongs to one port.
 */

/** Only a server on loopback has one, so pages from elsewhere need not ask. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const SESSION = "model-templates.session";
const FORBIDDEN = 403;
const NOT_FOUND = 404;

interface KeyAnswer {
  readonly key: string;
  readonly session: string;
  readonly errors?: readonly { readonly message: string }[];
}

let token = takeToken();
let pending: Promise<string | null> | null = null;

// A link that is opened in a tab which shows the same page does not load the page again.
addEventListener("hashchange", () => {
  if (tokenInAddress() !== null) location.reload();
});

/**
 * The key, or null where there is none: in production, say, or without a token. Throws if the
 * server fails.
 */
export function developmentKey(): Promise<string | null> {
  pending ??= findDevelopmentKey().finally(() => {
    pending = null;
  });
  return pending;
}

async function findDevelopmentKey(): Promise<string | null> {
  if (!LOOPBACK.includes(location.hostname)) return null;
  if (token !== null) {
    const key = await requestKey(token);
    token = null;
    if (key !== null) return key;
  }
  const session = localStorage.getItem(SESSION);
  if (session === null) return null;
  const key = await requestKey(session);
  if (key === null) localStorage.removeItem(SESSION);
  return key;
}

async function requestKey(secret: string): Promise<string | null> {
  const response = await fetch("/development-key", {
    headers: { authorization: `Bearer ${secret}` },
  });
  if (response.status === FORBIDDEN || response.status === NOT_FOUND) return null;
  const { key, session, errors } = (await response.json()) as KeyAnswer;
  if (!response.ok) throw new Error(errors?.[0]?.message ?? `HTTP ${response.status}`);
  localStorage.setItem(SESSION, session);
  return key;
}

function tokenInAddress(): string | null {
  return new URLSearchParams(location.hash.slice(1)).get("token");
}

/** Removes the token from the address, and so from the tab's history. */
function takeToken(): string | null {
  const taken = tokenInAddress();
  if (taken !== null) history.replaceState(history.state, "", location.pathname + location.search);
  return taken;
}
