/** An API key as people paste it: from a terminal, a chat or a .env file. */

/** Blanks, and characters that take no room, such as a zero-width space or a byte order mark. */
const INVISIBLE = /[\s\p{Cf}\p{Cc}]/gu;
/** `KEY=`, `export KEY=` or `x-api-key:` in front of it, and quotes around it. */
const PREFIX = /^(export)?([A-Za-z_][\w-]*)[=:](?=.*mt_)/;
const QUOTES = /^["'`“”‘’«»]+|["'`“”‘’«»,;]+$/gu;
const FORM = /^mt_[A-Za-z0-9_-]+$/;

export type KeyReading = { readonly key: string } | { readonly error: string };

/** The key in a text, or what is wrong with the text. */
export function readKey(text: string): KeyReading {
  const plain = text.replace(INVISIBLE, "").replace(PREFIX, "").replace(QUOTES, "");
  if (plain === "") return { error: "Enter an API key." };
  if (/^\$\{?\w+\}?$/.test(plain)) {
    return {
      error: `This is the name of a variable, ${plain}. Enter its value, which begins with mt_.`,
    };
  }
  if (/^mt_(\.\.\.|…)/.test(plain)) return { error: "This key is shortened. Enter all of it." };
  if (!plain.startsWith("mt_")) return { error: "This is no API key: keys begin with mt_." };
  const odd = [...plain].find((character) => !/[A-Za-z0-9_-]/.test(character));
  if (odd !== undefined) return { error: `No API key has the character ${odd} in it.` };
  return FORM.test(plain) ? { key: plain } : { error: "This is only the beginning of an API key." };
}
