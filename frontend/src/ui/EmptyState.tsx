import type { ReactNode } from "react";
import "./EmptyState.css";

interface Props {
  readonly title: string;
  readonly isPageTitle?: boolean;
  readonly children?: ReactNode;
}

/** Says that there is nothing, why, and what to do about it. */
export function EmptyState({ title, isPageTitle = false, children }: Props) {
  const Heading = isPageTitle ? "h1" : "h2";
  return (
    <div className="empty-message">
      <Heading>{title}</Heading>
      <div>{children}</div>
    </div>
  );
}
