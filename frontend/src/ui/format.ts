/** Names and values of the API in the form that people read. */

const ABBREVIATIONS = /\b(id|json|[cg]pu)(s?)\b/g;
const DATE_TIME = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** `minWorkers` → `min workers`, `gpuType` → `GPU type`. */
export function humanize(name: string): string {
  return name
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(ABBREVIATIONS, (_, word: string, plural: string) => word.toUpperCase() + plural);
}

/** `CREATED_AT` → `created at`. */
export function enumLabel(member: string): string {
  return member.replaceAll("_", " ").toLowerCase();
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `1 error`, `1,200 errors`. */
export function pluralize(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

/** An ISO 8601 time in the browser's time zone. */
export function formatDateTime(text: string): string {
  return DATE_TIME.format(new Date(text));
}
