/** What is wrong with one line of a `.wslconfig`, or with a setting that it does not have (line 0). */
export interface WslConfigFinding {
  readonly line: number;
  readonly text: string;
}

/** What a guest's guard needs: https://learn.microsoft.com/en-us/windows/wsl/wsl-config#wslconfig */
const NEEDED: Readonly<Record<string, { value: string; isDefault: boolean; why: string }>> = {
  networkingmode: { value: 'nat', isDefault: true, why: 'the gateway is looked for at the default route' },
  dnstunneling: { value: 'false', isDefault: false, why: 'questions would be answered past the network of the guest' },
  autoproxy: { value: 'false', isDefault: false, why: "Windows' own proxy would be given to what runs in the guest" },
};

/** WSL ignores what it does not understand in this file without a word, so each such line is a finding. Pure. */
export function checkWslConfig(content: string): WslConfigFinding[] {
  const findings: WslConfigFinding[] = [];
  const seen = new Map<string, { line: number; value: string }>();
  let section: string | null = null;
  for (const [index, raw] of content
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const line = index + 1;
    const text = raw.replace(/\s*#.*$/, '').trim();
    if (text === '') continue;
    const header = /^\[([^\][]+)\]$/.exec(text)?.[1];
    const pair = /^([A-Za-z0-9]+)\s*=\s*(.*)$/.exec(text);
    if (header !== undefined) section = header.trim().toLowerCase();
    else if (pair === null)
      findings.push({ line, text: 'WSL ignores this line: it is neither [section] nor name=value' });
    else if (section === null) findings.push({ line, text: 'WSL ignores this line: it is in no [section]' });
    else {
      const name = (pair[1] ?? '').toLowerCase();
      const value = (pair[2] ?? '').replaceAll('"', '').trim().toLowerCase();
      if (section === 'wsl2' || section === 'experimental') seen.set(name, { line, value });
    }
  }
  for (const [name, { value, isDefault, why }] of Object.entries(NEEDED)) {
    const found = seen.get(name);
    if (found === undefined ? isDefault : found.value === value) continue;
    findings.push({ line: found?.line ?? 0, text: `${spelled(name)} must be ${value}: ${why}` });
  }
  return findings;
}

function spelled(name: string): string {
  return { networkingmode: 'networkingMode', dnstunneling: 'dnsTunneling', autoproxy: 'autoProxy' }[name] ?? name;
}
