import { memo, startTransition, useEffect, useRef, useState } from "react";
import type { TemplateSummary } from "../api/types";
import { TemplateCard } from "./TemplateCard";

interface Props {
  readonly templates: readonly TemplateSummary[];
  readonly showsAccount: boolean;
  /** Whether the cards may make way for a space of their height while they are out of sight. */
  readonly isRemovable: boolean;
  /** How many cards come at first. */
  readonly first: number;
  /** Called when all cards are there. */
  readonly onWhole?: ((templates: readonly TemplateSummary[]) => void) | undefined;
}

/** How far from the screen cards are kept, in pixels. */
const MARGIN = 1_800;

/** How many cards come with each frame. With more of them, scrolling would jerk. */
export const STEP = 6;

/** One page of the list. In a long list, only pages near the screen have their cards. */
export const CardPage = memo(function CardPage(props: Props) {
  const { templates, showsAccount, isRemovable, first, onWhole } = props;
  const list = useRef<HTMLUListElement>(null);
  /** How many cards there are, and the height to keep until there are all of them. */
  const [{ count, height }, setShown] = useState({ count: first, height: 0 });
  const isWhole = count >= templates.length;
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    const come = () => setShown((was) => (was.count > 0 ? was : { ...was, count: STEP }));
    if (!isRemovable) return come();
    const observer = new IntersectionObserver(
      ([entry]) => {
        const box = entry?.boundingClientRect;
        // Without a box, the whole list is hidden behind a template.
        if (!entry || !box || box.width === 0) return;
        // In a transition, so that scrolling comes first.
        startTransition(() => {
          if (entry.isIntersecting) come();
          else setShown(({ height }) => ({ count: 0, height: Math.max(height, box.height) }));
        });
      },
      { rootMargin: `${MARGIN}px 0px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [isRemovable]);
  useEffect(() => {
    if (isWhole) return onWhole?.(templates);
    if (count === 0) return;
    const more = () => setShown((was) => ({ ...was, count: was.count + STEP }));
    const frame = requestAnimationFrame(() => startTransition(more));
    return () => cancelAnimationFrame(frame);
  }, [count, isWhole, templates, onWhole]);
  return (
    <ul className="cards" ref={list} style={isWhole ? undefined : { minHeight: height }}>
      {templates.slice(0, count).map((template) => (
        <TemplateCard key={template.id} template={template} showsAccount={showsAccount} />
      ))}
    </ul>
  );
});
