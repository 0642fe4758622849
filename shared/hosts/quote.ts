/** What somebody wrote, as part of a sentence: cut, and without what would steer a terminal or cannot be seen. */
export function quote(value: string): string {
  const shown = value.length > 100 ? `${value.slice(0, 100)}…` : value;
  return `"${shown.replace(/[\p{C}\p{Default_Ignorable_Code_Point}"]/gu, '�')}"`;
}
