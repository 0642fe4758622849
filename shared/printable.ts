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
