/** What is shown first has the network to itself for so long. */
const IDLE_MS = 2_000;

/** Acts when the page has been there for a while. Returns what cancels it. */
export function whenIdle(act: () => void): () => void {
  const timer = window.setTimeout(act, IDLE_MS); // Safari has no requestIdleCallback.
  return () => clearTimeout(timer);
}
