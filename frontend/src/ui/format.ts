/** Names of the API as people read them. */

const INITIALS = /\b(id|json|[cg]pu)(s?)\b/g;

/** `minWorkers` → `min workers`, `gpuType` → `GPU type`. */
export function spaced(name: string): string {
  return name
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(INITIALS, (_, word: string, plural: string) => word.toUpperCase() + plural);
}

/** `CREATED_AT` → `created at`. */
export function lower(member: string): string {
  return member.replaceAll("_", " ").toLowerCase();
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

const MOMENT = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

export function moment(text: string): string {
  return MOMENT.format(new Date(text));
}
