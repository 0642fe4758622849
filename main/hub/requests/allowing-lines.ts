import { REGISTRIES } from '../../../shared/catalogue/registries.ts';
import { decide } from '../../../shared/decide.ts';
import { type Address, DEFAULT_PORT, parseAddress } from '../../../shared/hosts/address.ts';
import { withPort } from '../../../shared/hosts/host-name.ts';
import { isOver } from '../../../shared/lists/grants.ts';
import { compilePolicy } from '../../../shared/rule-set/compile.ts';
import type { StoredSettings } from '../registry-access/document.ts';

/** Which of these lines allows an address, as the gateway would decide; null for none. Whatever the mode: what the list says. */
export function allowingLine(lines: readonly string[], { host, port = DEFAULT_PORT }: Address): string | null {
  const claims = {
    iss: 'requests',
    org: 'requests',
    revision: 1,
    iat: 0,
    exp: 1,
    enabled: true,
    mode: 'enforce' as const,
  };
  const rules = compilePolicy({ ...claims, registries: lines.map((address) => ({ address })) }, 0);
  const decision = decide(rules, 'engine', host, port);
  return decision.allowed ? (decision.registry ?? decision.rule ?? host) : null;
}

/** Looking for so few lines one by one is faster than looking at each line of a list. */
const FEW = 24;
const LINE_START = Buffer.from('{"address":"');

/**
 * The lines that could allow any of these addresses, as far as the list has them. Found in its bytes, in one pass for many: a list may have a
 * million lines, and reading it takes seconds.
 */
export function linesAbout(
  { registries }: Pick<StoredSettings, 'registries'>,
  addresses: Iterable<Address>,
): ReadonlySet<string> {
  const candidates = new Set([...addresses].flatMap(candidatesFor));
  if (candidates.size <= FEW) return new Set([...candidates].filter((line) => hasLine(registries, line)));
  const bytes = Buffer.from(registries.buffer, registries.byteOffset, registries.byteLength);
  const found = new Set<string>();
  // Within strings a quote has a backslash before it, so that no nickname looks like the start of a line.
  for (let at = bytes.indexOf(LINE_START); at >= 0; at = bytes.indexOf(LINE_START, at)) {
    const start = at + LINE_START.length;
    at = bytes.indexOf(0x22, start);
    const line = bytes.toString('latin1', start, at);
    if (candidates.has(line)) found.add(line);
  }
  return found;
}

/** What allows an address for somebody in these teams; null for nothing. */
export interface Allowance {
  /** The line. */
  by: string;
  /** Of a grant: RFC 3339, and the teams that it is for. */
  until?: string;
  teams?: string[];
}

/**
 * The list comes first: it allows for everybody and without an end.
 *
 * @param lines of the list, as `linesAbout` finds them for this address, among others perhaps
 * @param now milliseconds since 1970
 */
export function allowanceFor(
  { lines, grants: all = [] }: Pick<StoredSettings, 'grants'> & { lines: ReadonlySet<string> },
  address: Address,
  teams: readonly string[],
  now: number,
): Allowance | null {
  const candidates = new Set(candidatesFor(address));
  const listed = [...candidates].filter((one) => lines.has(one));
  const line = listed.length === 0 ? null : allowingLine(listed, address);
  if (line !== null) return { by: line };
  const grants = all.filter(
    (grant) =>
      candidates.has(grant.address) &&
      !isOver(grant, now) &&
      (grant.teams === undefined || grant.teams.some((team) => teams.includes(team))),
  );
  for (const grant of grants) {
    const by = allowingLine([grant.address], address);
    if (by === null) continue;
    const { until, teams: only } = grant;
    return { by, ...(until === undefined ? {} : { until }), ...(only === undefined ? {} : { teams: only }) };
  }
  return null;
}

/**
 * Whether the stored list has this line.
 *
 * @param registries canonical addresses as JSON: within strings a quote has a backslash before it, so that no nickname looks like this
 */
export function hasLine(registries: Uint8Array, line: string): boolean {
  return Buffer.from(registries.buffer, registries.byteOffset, registries.byteLength).includes(
    `{"address":${JSON.stringify(line)}`,
  );
}

function candidatesFor({ kind, host, port }: Address): string[] {
  const names = kind === 'ip' ? [host] : [host, ...suffixesOf(host), ...bringing(host)];
  const ports = [port, DEFAULT_PORT, undefined];
  return [...new Set(names.flatMap((name) => ports.map((one) => spelled(name, one))))];
}

function spelled(name: string, port: number | undefined): string {
  return name.startsWith('*.') ? `*.${withPort(name.slice(2), port)}` : withPort(name, port);
}

function suffixesOf(host: string): string[] {
  const found: string[] = [];
  for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) found.push(`*${host.slice(dot)}`);
  return found;
}

/** The lines of known registries that bring this host. Those with placeholders no one can look for. */
function bringing(host: string): string[] {
  return REGISTRIES.flatMap(({ matches, companions }) =>
    companions.some((one) => one.optIn !== true && covers(one.host, host))
      ? matches.filter((match) => !match.includes('<'))
      : [],
  );
}

function covers(pattern: string, host: string): boolean {
  const parsed = parseAddress(pattern);
  if (!parsed.ok) return false;
  return parsed.value.kind === 'suffix' ? host.endsWith(`.${parsed.value.host}`) : parsed.value.host === host;
}
