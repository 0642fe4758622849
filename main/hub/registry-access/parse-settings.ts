import { parseAddress } from '../../../shared/hosts/address.ts';
import { addressNotices } from '../../../shared/hosts/address-notices.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import { isOneLine } from '../../../shared/printable.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem } from '../../../shared/problems/problem.ts';
import { SentSettings } from '../../../shared/schemas/hub-schema.ts';
import type { Fault } from './fault.ts';
import { normalizeExtras } from './normalize-extras.ts';

export type ParsedSettings =
  | {
      ok: true;
      settings: SentSettings /** What was saved otherwise than it was meant, perhaps. */;
      notices: Fault[];
    }
  | { ok: false; faults: Fault[] };

const MAX_FAULTS = 20;

/** Parses what an owner sent. @param teams those of the organization */
export function parseSettings(body: Uint8Array, teams: ReadonlySet<string> = new Set()): ParsedSettings {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    return { ok: false, faults: [{ pointer: '', problem: asProblem(error, problem('settings-not-json')) }] };
  }
  const parsed = SentSettings.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.slice(0, MAX_FAULTS).map(({ path, message }) => ({
      pointer: jsonPointer(path),
      problem: problem('setting-invalid', {}, { cause: message }),
    }));
    return { ok: false, faults };
  }
  const steering = steeringFaults(parsed.data);
  if (steering.length > 0) return { ok: false, faults: steering };
  const { registries, ...list } = normalizeAddresses(parsed.data.registries);
  const { extras, ...beside } = normalizeExtras(parsed.data, registries, teams);
  const faults = [...list.faults, ...beside.faults].slice(0, MAX_FAULTS);
  if (faults.length > 0) return { ok: false, faults };
  const notices = [...list.notices, ...beside.notices].slice(0, MAX_FAULTS);
  return { ok: true, settings: { ...parsed.data, ...extras, registries }, notices };
}

/** Contact and nicknames are shown in terminals, notifications and lists: what would steer those is refused here. */
function steeringFaults({ contact, registries }: SentSettings): Fault[] {
  const fault = (pointer: string): Fault => ({
    pointer,
    problem: problem('setting-invalid', {}, { cause: 'no line breaks, control characters or marks of direction' }),
  });
  const faults = contact === undefined || isOneLine(contact) ? [] : [fault('/contact')];
  for (const [index, { nickname }] of registries.entries()) {
    if (nickname !== undefined && !isOneLine(nickname)) faults.push(fault(`/registries/${index}/nickname`));
    if (faults.length >= MAX_FAULTS) break;
  }
  return faults;
}

/** Each address in its canonical spelling, none twice: a pasted `https://GHCR.io/` becomes `ghcr.io`. */
function normalizeAddresses(sent: RegistryEntry[]): Record<'faults' | 'notices', Fault[]> & {
  registries: RegistryEntry[];
} {
  const faults: Fault[] = [];
  const notices: Fault[] = [];
  const byAddress = new Map<string, RegistryEntry>();
  for (const [index, { address, nickname }] of sent.entries()) {
    const pointer = `/registries/${index}/address`;
    const parsed = parseAddress(address);
    if (!parsed.ok) {
      faults.push({ pointer, problem: parsed.problem });
    } else if (byAddress.has(parsed.value.text)) {
      faults.push({ pointer, problem: problem('registry-listed-twice', { address: parsed.value.text }) });
    } else {
      const { text } = parsed.value;
      byAddress.set(text, nickname === undefined ? { address: text } : { address: text, nickname });
    }
    if (faults.length === MAX_FAULTS) break;
    if (notices.length < MAX_FAULTS)
      notices.push(...addressNotices(address).map((one) => ({ pointer, problem: one.problem })));
  }
  return { faults, notices: notices.slice(0, MAX_FAULTS), registries: [...byAddress.values()] };
}

/** RFC 6901. */
function jsonPointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
