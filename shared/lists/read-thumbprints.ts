/** 43 characters of base64url that nothing longer contains. */
const THUMBPRINT = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/;

/** The thumbprints in what was collected, one a line, with whatever else a tool writes into the line (a name, quotes, commas). */
export function readThumbprints(text: string): { thumbprints: string[]; wrongLines: number[] } {
  const thumbprints = new Set<string>();
  const wrongLines: number[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === '') return;
    const found = THUMBPRINT.exec(line)?.[0];
    if (found === undefined) wrongLines.push(index + 1);
    else thumbprints.add(found);
  });
  return { thumbprints: [...thumbprints], wrongLines };
}
