/** Names and values of the API in the form that people read. */

const ABBREVIATIONS = /\b(id|json|url|[cg]pu)(s?)\b/g;
const NUMBER = new Intl.NumberFormat("en");
const DATE_TIME = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });

/** Names that are not written as the words of their identifier. */
const NAMES: Readonly<Record<string, string>> = {
  SGP: "SGP",
  VLLM: "vLLM",
  STR: "text",
  INT: "integer",
  FLOAT: "number",
  BOOL: "yes or no",
  LORA: "LoRA",
  NVIDIA_TESLA_T4: "NVIDIA T4",
  NVIDIA_AMPERE_A10: "NVIDIA A10",
  NVIDIA_AMPERE_A100: "NVIDIA A100",
  NVIDIA_AMPERE_A100E: "NVIDIA A100e",
  NVIDIA_HOPPER_H100: "NVIDIA H100",
};
const MIG = /^(\w+)_(\d+)G(\d+)GB$/;

/** `minWorkers` → `min workers`, `gpuType` → `GPU type`. */
export function humanize(name: string): string {
  return name
    .replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(ABBREVIATIONS, (_, word: string, plural: string) => word.toUpperCase() + plural);
}

/** An enum member as people write it: `CHAT_COMPLETION` → `Chat completion`. */
export function enumLabel(member: string): string {
  const [, device, slices, memory] = MIG.exec(member) ?? [];
  if (device !== undefined) return `${enumLabel(device)} ${slices}g.${memory}gb MIG`;
  return NAMES[member] ?? capitalize(member.replaceAll("_", " ").toLowerCase());
}

/** The field at a path of an input: `Bundle config › tag`, without the outermost object. */
export function fieldLabel(path: readonly string[]): string {
  const names = path.filter((name) => name !== "vendorConfiguration").map(humanize);
  return capitalize(names.join(" › "));
}

export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `1,200`; small whole numbers, of which a page has hundreds, without the formatter's cost. */
export function formatNumber(number: number): string {
  const isPlain = Number.isInteger(number) && number >= 0 && number < 1_000;
  return isPlain ? String(number) : NUMBER.format(number);
}

/** `1 error`, `1,200 errors`. */
export function pluralize(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** An ISO 8601 time in the browser's time zone. */
export function formatDateTime(text: string): string {
  return DATE_TIME.format(new Date(text));
}
