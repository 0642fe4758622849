import { parseAddress } from '../../../shared/hosts/address.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';

/** Where the settings sent are at fault; `pointer` is a JSON pointer (RFC 6901). */
export interface Fault {
  pointer: string;
  detail: string;
}
export type ParsedSettings = { ok: true; settings: RegistryAccessSettings } | { ok: false; faults: Fault[] };

const REPORTED = 20;

/** What an owner sent, as settings that can be signed, or what is wrong with it. */
export function parseSettings(body: Uint8Array): ParsedSettings {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    return { ok: false, faults: [{ pointer: '', detail: error instanceof Error ? error.message : 'not JSON' }] };
  }
  const parsed = RegistryAccessSettings.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.slice(0, REPORTED).map(({ path, message }) => ({
      pointer: path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
      detail: message,
    }));
    return { ok: false, faults };
  }
  const { faults, registries } = parseAddresses(parsed.data.registries);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings: { ...parsed.data, registries } };
}

/** Each address in its one spelling, none twice: a pasted `https://GHCR.io/` is kept as `ghcr.io`. */
function parseAddresses(sent: RegistryEntry[]): { faults: Fault[]; registries: RegistryEntry[] } {
  const faults: Fault[] = [];
  const byAddress = new Map<string, RegistryEntry>();
  for (const [index, { address, nickname }] of sent.entries()) {
    const pointer = `/registries/${index}/address`;
    const parsed = parseAddress(address);
    if (!parsed.ok) {
      const { message, next } = parsed.problem;
      faults.push({ pointer, detail: next === undefined ? message : `${message} ${next}` });
    } else if (byAddress.has(parsed.value.text)) {
      faults.push({ pointer, detail: `${parsed.value.text} is in the list twice.` });
    } else {
      const { text } = parsed.value;
      byAddress.set(text, nickname === undefined ? { address: text } : { address: text, nickname });
    }
    if (faults.length === REPORTED) break;
  }
  return { faults, registries: [...byAddress.values()] };
}
