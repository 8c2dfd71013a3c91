import { useRef, type KeyboardEvent, type ReactNode } from "react";
import "./Tabs.css";

interface Props<Name extends string> {
  readonly label: string;
  readonly names: readonly Name[];
  readonly selected: Name;
  readonly onSelect: (name: Name) => void;
  /** A tab's text, if it is not its name. */
  readonly labelOf?: (name: Name) => string;
  /** The panel of the selected tab. */
  readonly children: ReactNode;
}

const KEYS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowLeft: (index, count) => (index + count - 1) % count,
  ArrowRight: (index, count) => (index + 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Tabs as the ARIA patterns have them: Tab reaches the selected one, arrow keys select others. */
export function Tabs<Name extends string>(props: Props<Name>) {
  const { label, names, selected, onSelect, labelOf = String, children } = props;
  const row = useRef<HTMLDivElement>(null);
  const id = label.toLowerCase().replaceAll(" ", "-");
  const onKeyDown = (event: KeyboardEvent) => {
    const index = KEYS[event.key]?.(names.indexOf(selected), names.length);
    const next = index === undefined ? undefined : names[index];
    if (index === undefined || next === undefined) return;
    event.preventDefault();
    onSelect(next);
    row.current?.querySelectorAll<HTMLElement>("[role=tab]")[index]?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} ref={row} onKeyDown={onKeyDown}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={name === selected}
            aria-controls={`${id}-panel`}
            tabIndex={name === selected ? 0 : -1}
            onClick={() => onSelect(name)}
          >
            {labelOf(name)}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${selected}`} tabIndex={-1}>
        {children}
      </div>
    </>
  );
}
