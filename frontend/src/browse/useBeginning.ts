import { useDeferredValue } from "react";

/** Whether a component is rendered for the first time. What can follow once that is painted waits. */
export function useBeginning(): boolean {
  return useDeferredValue(false, true);
}
