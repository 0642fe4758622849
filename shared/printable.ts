/**
 * Text that somebody else wrote, safe to show: cut, and with escapes for what would steer a terminal or cannot be seen. It stands
 * between quotes in a sentence.
 */
export function printable(text: string, maximum = 100): string {
  const short = text.length > maximum ? `${text.slice(0, maximum)}…` : text;
  return JSON.stringify(short)
    .slice(1, -1)
    .replace(INVISIBLE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}]|(?! )\p{Z}/gu;

/**
 * JSON in which nothing steers a terminal, reverses its text or breaks its lines. The value stays the same: outside of strings only line
 * feeds can occur, and they stay.
 */
export function terminalSafeJson(json: string): string {
  return json.replaceAll(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu, (character) =>
    [...Array(character.length).keys()]
      .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
      .join(''),
  );
}

/** What has no place in a line that people read: control characters, line and paragraph separators, and what reverses text. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

export function isOneLine(text: string): boolean {
  return !STEERING.test(text);
}
