/** A pattern of the catalogue, ready to be matched against addresses and hosts. */
export interface Pattern {
  labels: number;
  /** The labels at its end that hold no placeholder or wildcard: what a host must end in to be worth a closer look. */
  tail: string;
  /** The placeholder that is the first label and stands nowhere else in the pattern; null where another label comes first. */
  free: string | null;
  /** What the placeholders stand for, or null if the text does not match. `*.suffix` matches its own spelling only. */
  capture: (text: string) => Record<string, string> | null;
}

const PLACEHOLDER = /<([a-z]+)>/g;

export function pattern(text: string): Pattern {
  const seen = new Set<string>();
  const labels = text.split('.').map((label, index) => {
    const whole = /^<[a-z]+>$/.test(label);
    return label.replace(/[*]/g, '\\*').replace(PLACEHOLDER, (_, name: string) => {
      if (seen.has(name)) return `\\k<${name}>`;
      seen.add(name);
      // `*.gcr.io` is every `<geo>.gcr.io`.
      return whole && index === 0 ? `(?<${name}>[a-z0-9_-]+|\\*)` : `(?<${name}>[a-z0-9_-]+)`;
    });
  });
  const expression = new RegExp(`^${labels.join('\\.')}$`);
  const first = /^<([a-z]+)>\./.exec(text)?.[1];
  return {
    free: first !== undefined && text.lastIndexOf(`<${first}>`) === 0 ? first : null,
    labels: labels.length,
    tail: text.slice(text.indexOf('.', Math.max(text.lastIndexOf('>'), text.lastIndexOf('*'))) + 1),
    capture: (candidate) => {
      const match = expression.exec(candidate);
      return match ? { ...match.groups } : null;
    },
  };
}

/** The pattern with its placeholders filled in; null if one is unknown, or a wildcard would stand in the middle. */
export function fill(text: string, captures: Record<string, string>): string | null {
  let filled = '';
  for (const [i, part] of partsOf(text).entries()) {
    const value = i % 2 === 0 ? part : captures[part];
    if (value === undefined) return null;
    filled += value;
  }
  return filled.lastIndexOf('*') > 0 ? null : filled;
}

/** The pattern with the placeholders filled in that are known; the others stay. */
export function fillKnown(text: string, captures: Record<string, string>): string {
  return text.replace(PLACEHOLDER, (placeholder, name: string) => {
    const value = captures[name];
    return value === undefined || value === '*' ? placeholder : value;
  });
}

/** Text and names of placeholders in turn; kept, because a long list fills the same few patterns a million times. */
function partsOf(text: string): readonly string[] {
  const known = parts.get(text);
  if (known) return known;
  const split = text.split(PLACEHOLDER);
  parts.set(text, split);
  return split;
}
const parts = new Map<string, readonly string[]>();
