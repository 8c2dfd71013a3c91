import { useEffect, useMemo, useRef } from "react";
import { useAddress } from "./AddressProvider";

interface Place {
  readonly pages: number;
  readonly y: number;
}

const SCROLLING_MS = 150;

/**
 * Keeps in the browser's history how much of the list is loaded, and where it is scrolled to, and
 * restores both after a reload. Returns how many pages were there when the address was left: with
 * fewer cards, the place would not be there yet when the browser or this goes back to it.
 */
export function usePlace(
  isShown: boolean,
  pages: number,
  hasMore: boolean,
  loadMore: () => void,
): number {
  const { address } = useAddress();
  const left = useMemo(() => placeOf(history.state), [address]);
  const wanted = useRef(left);
  useEffect(() => {
    if (!isShown || pages === 0) return;
    if (left === null) wanted.current = null;
    const place = wanted.current;
    if (place === null) return;
    if (pages < place.pages && hasMore) return loadMore();
    wanted.current = null;
    scrollTo(0, place.y);
  }, [pages, hasMore, isShown, loadMore, left]);

  useEffect(() => {
    if (!isShown || pages === 0) return;
    let timer = 0;
    const keep = () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => {
        if (wanted.current !== null) return;
        history.replaceState({ ...history.state, list: { pages, y: scrollY } }, "");
      }, SCROLLING_MS);
    };
    addEventListener("scroll", keep, { passive: true });
    return () => {
      clearTimeout(timer);
      removeEventListener("scroll", keep);
    };
  }, [isShown, pages]);
  return left?.pages ?? 0;
}

function placeOf(state: unknown): Place | null {
  return (state as { readonly list?: Place } | null)?.list ?? null;
}
