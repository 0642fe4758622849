/**
 * Whether one of our versions (https://semver.org) is newer than another. What cannot be read is not: nobody is told of a version that
 * there may not be.
 */
export function isNewer(version: string, than: string): boolean {
  const [one, other] = [partsOf(version), partsOf(than)];
  if (one === null || other === null) return false;
  for (const [index, part] of one.numbers.entries()) {
    const theirs = other.numbers[index] ?? 0;
    if (part !== theirs) return part > theirs;
  }
  // A pre-release comes before its release; two of them are not told apart.
  return one.pre === null && other.pre !== null;
}

function partsOf(version: string): { numbers: number[]; pre: string | null } | null {
  const [, core, pre] = /^(\d{1,9}(?:\.\d{1,9}){2})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(version) ?? [];
  return core === undefined ? null : { numbers: core.split('.').map(Number), pre: pre ?? null };
}
