import { useEffect, useRef } from "react";

interface Place {
  readonly pages: number;
  readonly y: number;
}

const SCROLLING_MS = 150;

/**
 * Keeps in the browser's history how much of the list is loaded, and where it is scrolled to, and
 * restores both after a reload.
 */
export function usePlace(isShown: boolean, pages: number, hasMore: boolean, loadMore: () => void) {
  const wanted = useRef<Place | null>(placeOf(history.state));
  useEffect(() => {
    const place = wanted.current;
    if (place === null || pages === 0 || !isShown) return;
    if (pages < place.pages && hasMore) return loadMore();
    wanted.current = null;
    scrollTo(0, place.y);
  }, [pages, hasMore, isShown, loadMore]);

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
}

/** Whether the page was left somewhere in the list, and comes back to it. */
export function isPlaceKept(): boolean {
  return placeOf(history.state) !== null;
}

function placeOf(state: unknown): Place | null {
  return (state as { readonly list?: Place } | null)?.list ?? null;
}
