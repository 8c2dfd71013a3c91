import { memo, startTransition, useEffect, useRef, useState } from "react";
import type { TemplateSummary } from "../api/types";
import { TemplateCard } from "./TemplateCard";

interface Props {
  readonly templates: readonly TemplateSummary[];
  readonly showsAccount: boolean;
  /** Whether the cards may make way for a space of their height while they are out of sight. */
  readonly isRemovable: boolean;
  /** How many cards come at once. The others follow with the next frames. */
  readonly first: number;
  /** Called when the page is as high as it will be; the result is called when it no longer is. */
  readonly onSettled: () => () => void;
}

/** How far from the screen cards are kept, in pixels. */
const MARGIN = 1_800;

/** How many cards come with each frame. With more of them, scrolling would jerk. */
const STEP = 4;

/** When they come without a frame: a busy machine shows few, and a tab in the background none. */
const LATE_MS = 100;

/** One page of the list. In a long list, only pages near the screen have their cards. */
export const CardPage = memo(function CardPage(props: Props) {
  const { templates, showsAccount, isRemovable, first, onSettled } = props;
  const list = useRef<HTMLUListElement>(null);
  const [isAway, setIsAway] = useState(false);
  const [count, setCount] = useState(first);
  /** How high the cards were when they made way. */
  const [height, setHeight] = useState<number | null>(null);
  const isWhole = !isAway && count >= templates.length;
  const isSettled = isWhole || height !== null;

  useEffect(() => {
    if (isAway || isWhole) return;
    const addCards = () => startTransition(() => setCount(count + STEP));
    const frame = requestAnimationFrame(addCards);
    const timer = setTimeout(addCards, LATE_MS);
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [isAway, isWhole, count]);

  useEffect(() => (isSettled ? onSettled() : undefined), [isSettled, onSettled]);

  useEffect(() => {
    const element = list.current;
    if (element === null || !isSettled) return;
    if (!isRemovable) return setIsAway(false);
    const observer = new IntersectionObserver(
      ([entry]) => {
        const box = entry?.boundingClientRect;
        // Without a box, the whole list is hidden behind a template.
        if (!entry || !box || box.width === 0) return;
        const leaves = !entry.isIntersecting && !element.contains(document.activeElement);
        // In a transition, so that scrolling comes first.
        startTransition(() => {
          setIsAway(leaves);
          if (!leaves) return;
          setCount(0);
          setHeight(box.height);
        });
      },
      { rootMargin: `${MARGIN}px 0px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [isRemovable, isSettled]);

  return (
    <ul className="cards" ref={list} style={isWhole ? undefined : { minHeight: height ?? 0 }}>
      {!isAway &&
        templates
          .slice(0, count)
          .map((template) => (
            <TemplateCard key={template.id} template={template} showsAccount={showsAccount} />
          ))}
    </ul>
  );
});
