import { useRef, type KeyboardEvent, type ReactNode } from "react";

interface Props<Name extends string> {
  readonly label: string;
  readonly names: readonly Name[];
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
  /** What a tab is called; its name, if nothing else. */
  readonly called?: (name: Name) => string;
  readonly children: ReactNode;
}

const STEPS: Readonly<Record<string, (at: number, count: number) => number>> = {
  ArrowLeft: (at, count) => (at + count - 1) % count,
  ArrowRight: (at, count) => (at + 1) % count,
  Home: () => 0,
  End: (_, count) => count - 1,
};

/** Tabs of which one is in the order of Tab; arrows go between them. */
export function Tabs<Name extends string>(props: Props<Name>) {
  const { label, names, chosen, onChoose, called = String, children } = props;
  const row = useRef<HTMLDivElement>(null);
  const id = label.toLowerCase().replaceAll(" ", "-");
  const step = (event: KeyboardEvent) => {
    const at = STEPS[event.key]?.(names.indexOf(chosen), names.length);
    const next = at === undefined ? undefined : names[at];
    if (at === undefined || next === undefined) return;
    event.preventDefault();
    onChoose(next);
    row.current?.querySelectorAll<HTMLElement>("[role=tab]")[at]?.focus();
  };
  return (
    <>
      <div className="tabs" role="tablist" aria-label={label} ref={row} onKeyDown={step}>
        {names.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            aria-selected={name === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => onChoose(name)}
          >
            {called(name)}
          </button>
        ))}
      </div>
      <div id={`${id}-panel`} role="tabpanel" aria-labelledby={`${id}-${chosen}`} tabIndex={-1}>
        {children}
      </div>
    </>
  );
}
