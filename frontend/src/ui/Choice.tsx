import type { ComponentProps } from "react";
import "./Choice.css";

interface Props extends Omit<ComponentProps<"input">, "type" | "className"> {
  readonly type: "checkbox" | "radio";
  readonly className?: string;
}

/**
 * A checkbox or radio button in its label. A list has dozens of them, where Mantine's would take
 * most of the time that the page needs to appear.
 */
export function Choice({ type, className = "", children, ...attributes }: Props) {
  return (
    <label className={`choice ${className}`}>
      <input type={type} className={type} {...attributes} />
      {children}
    </label>
  );
}
