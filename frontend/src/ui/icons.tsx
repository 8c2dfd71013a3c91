/** The few icons of the catalog, drawn on 16 by 16 with the text's color. */

const PATHS = {
  plus: "M8 3v10M3 8h10",
  dots: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  copy: "M6 6h7v7H6zM10 6V3H3v7h3",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zm3.5-1L14 14",
  upload: "M8 11V3M5 6l3-3 3 3M3 11v2h10v-2",
  download: "M8 3v8M5 8l3 3 3-3M3 13h10",
  scheme: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12",
  warning: "M8 2.5 14.5 13h-13zM8 6.5V10M8 11.6h.01",
} as const;

interface Props {
  readonly name: keyof typeof PATHS;
}

export function Icon({ name }: Props) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth={name === "dots" ? 2.4 : 1.5}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
