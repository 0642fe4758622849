import { catalogueFor, companionsOf } from '../../shared/catalogue/look-up.ts';
import { isLineFor, optInOf } from '../../shared/catalogue/opt-in.ts';
import { parseAddress } from '../../shared/hosts/address.ts';
import { withPort } from '../../shared/hosts/host-name.ts';
import { describeTerms } from '../../shared/lists/describe-change.ts';
import { zonedTime } from '../../shared/messages/zoned-time.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import type { SettingsGrant } from '../../shared/schemas/hub/grants.ts';

const SHOWN_HOSTS = 4;

/**
 * A line that was added to a list, with what comes with it and what pulls may need besides.
 *
 * @param list the whole list after the change
 */
export function describeAdded({ address, nickname }: RegistryEntry, list: readonly RegistryEntry[]): string[] {
  const lines = [`  + ${[address, nickname && `(${nickname})`].filter(Boolean).join(' ')}`];
  const parsed = parseAddress(address);
  if (!parsed.ok || catalogueFor(parsed.value) === null) return lines;
  const brought = companionsOf(parsed.value).filter(({ optIn }) => !optIn);
  if (brought.length > 0) {
    const hosts = [...new Set(brought.map(({ host, port }) => withPort(host, port)))];
    const rest = hosts.length - SHOWN_HOSTS;
    lines.push(`      also allows ${hosts.slice(0, SHOWN_HOSTS).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`);
  }
  for (const { host, open, note } of brought) if (open && note) lines.push(`      warning: ${host}: ${note.en}`);
  for (const { host, rarely, note } of optInOf(parsed.value)) {
    if (list.some((entry) => isLineFor(entry.address, host))) continue;
    lines.push(`      ${rarely ? 'does not allow' : 'may also need'} ${host}${note ? `: ${note.en}` : ''}`);
  }
  return lines;
}

/** `until Fri, Dec 4, 2026, 6:00 PM GMT+1 for team platform`, in the time of this machine. */
export function termsOf({ until, teams }: Pick<SettingsGrant, 'until' | 'teams'>): string {
  return describeTerms({ until: until === undefined ? undefined : zonedTime('en', until), teams });
}
