import { memo, useEffect, useRef, useState } from "react";
import type { TemplateSummary } from "../api/types";
import { TemplateCard } from "./TemplateCard";

interface Props {
  readonly templates: readonly TemplateSummary[];
  readonly showsAccount: boolean;
  /** Whether the cards may make way for a space of their height while they are out of sight. */
  readonly isRemovable: boolean;
}

/** How far from the screen cards are kept, in pixels. */
const MARGIN = 2_400;

/** One page of the list. In a long list, only pages near the screen have their cards. */
export const CardPage = memo(function CardPage({ templates, showsAccount, isRemovable }: Props) {
  const list = useRef<HTMLUListElement>(null);
  const [height, setHeight] = useState<number | null>(null);
  useEffect(() => {
    const element = list.current;
    if (element === null) return;
    if (!isRemovable) return setHeight(null);
    const observer = new IntersectionObserver(
      ([entry]) => {
        const box = entry?.boundingClientRect;
        // Without a box, the whole list is hidden behind a template.
        if (!entry || !box || box.width === 0) return;
        setHeight((before) => (entry.isIntersecting ? null : (before ?? box.height)));
      },
      { rootMargin: `${MARGIN}px 0px` },
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, [isRemovable]);
  return (
    <ul className="cards" ref={list} style={height === null ? undefined : { height }}>
      {height === null &&
        templates.map((template) => (
          <TemplateCard key={template.id} template={template} showsAccount={showsAccount} />
        ))}
    </ul>
  );
});
