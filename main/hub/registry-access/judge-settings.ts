import { RegistryAccessSettings } from '../../../shared/hub-schema.ts';

/** Where the settings sent are at fault; `pointer` is a JSON pointer (RFC 6901). */
export interface Fault {
  pointer: string;
  detail: string;
}
export type JudgedSettings = { ok: true; settings: RegistryAccessSettings } | { ok: false; faults: Fault[] };

const REPORTED = 20;

/** What an owner sent, as settings that can be signed, or what is wrong with it. */
export function judgeSettings(body: Uint8Array): JudgedSettings {
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
  const faults = judgeAddresses(parsed.data.registries);
  return faults.length > 0 ? { ok: false, faults } : { ok: true, settings: parsed.data };
}

function judgeAddresses(registries: RegistryAccessSettings['registries']): Fault[] {
  const faults: Fault[] = [];
  const firstLine = new Map<string, number>();
  for (const [index, { address }] of registries.entries()) {
    const first = firstLine.get(address);
    if (first === undefined) firstLine.set(address, index);
    else faults.push({ pointer: `/registries/${index}/address`, detail: `${address} is in the list twice` });
    if (faults.length >= REPORTED) break;
  }
  return faults;
}
