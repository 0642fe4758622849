import { parseAddress } from '../../../shared/hosts/address.ts';
import { addressNotices } from '../../../shared/hosts/address-notices.ts';
import { grantKey } from '../../../shared/lists/grants.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { SettingsGrant, SettingsHint } from '../../../shared/schemas/hub/grants.ts';
import type { SentSettings } from '../../../shared/schemas/hub-schema.ts';
import type { Fault } from './fault.ts';

const MAX_FAULTS = 20;

interface Normalized<Item> {
  items: Item[];
  faults: Fault[];
  notices: Fault[];
}

/**
 * Grants and hints with each address in its canonical spelling and each time in UTC, none twice.
 *
 * @param registries in their canonical spelling
 * @param teams those of the organization
 */
export function normalizeExtras(
  { grants, hints }: Pick<SentSettings, 'grants' | 'hints'>,
  registries: readonly RegistryEntry[],
  teams: ReadonlySet<string>,
): { extras: Pick<SentSettings, 'grants' | 'hints'>; faults: Fault[]; notices: Fault[] } {
  const granted = normalizeGrants(grants ?? [], teams);
  const hinted = normalizeHints(hints ?? []);
  if (granted.items.length > 0) granted.notices.push(...coveredNotices(granted.items, registries));
  return {
    extras: {
      ...(grants == null ? { grants } : { grants: granted.items }),
      ...(hints == null ? { hints } : { hints: hinted.items }),
    },
    faults: [...granted.faults, ...hinted.faults].slice(0, MAX_FAULTS),
    notices: [...granted.notices, ...hinted.notices].slice(0, MAX_FAULTS),
  };
}

function normalizeGrants(sent: readonly SettingsGrant[], teams: ReadonlySet<string>): Normalized<SettingsGrant> {
  const [faults, notices]: [Fault[], Fault[]] = [[], []];
  const byKey = new Map<string, SettingsGrant>();
  for (const [index, { address, nickname = '', until, teams: named }] of sent.entries()) {
    const pointer = `/grants/${index}/address`;
    const parsed = parseAddress(address);
    if (!parsed.ok) faults.push({ pointer, problem: parsed.problem });
    else {
      const grant: SettingsGrant = {
        address: parsed.value.text,
        ...(nickname === '' ? {} : { nickname }),
        ...(until === undefined ? {} : { until: wholeSeconds(until) }),
        ...(named === undefined ? {} : { teams: [...new Set(named)] }),
      };
      const key = grantKey(grant);
      if (byKey.has(key)) {
        faults.push({ pointer, problem: problem('grant-listed-twice', { address: grant.address }) });
      }
      byKey.set(key, grant);
      for (const [place, team] of (named ?? []).entries()) {
        if (teams.has(team) || notices.length >= MAX_FAULTS) continue;
        const unknown = problem('grant-team-unknown', { address: grant.address, team });
        notices.push({ pointer: `/grants/${index}/teams/${place}`, problem: unknown });
      }
    }
    if (faults.length >= MAX_FAULTS) break;
    notices.push(...addressNotices(address).map((one) => ({ pointer, problem: one.problem })));
  }
  return { items: [...byKey.values()], faults, notices };
}

function normalizeHints(sent: readonly SettingsHint[]): Normalized<SettingsHint> {
  const [faults, notices]: [Fault[], Fault[]] = [[], []];
  const byAddress = new Map<string, SettingsHint>();
  for (const [index, { address, use }] of sent.entries()) {
    const pointer = `/hints/${index}/address`;
    const parsed = parseAddress(address);
    if (!parsed.ok) faults.push({ pointer, problem: parsed.problem });
    else {
      const { text } = parsed.value;
      if (byAddress.has(text)) faults.push({ pointer, problem: problem('hint-listed-twice', { address: text }) });
      byAddress.set(text, { address: text, use: use.trim() });
    }
    if (faults.length >= MAX_FAULTS) break;
    notices.push(...addressNotices(address).map((one) => ({ pointer, problem: one.problem })));
  }
  return { items: [...byAddress.values()], faults, notices };
}

/** A limit has no effect on what everybody may use at any time. */
function coveredNotices(grants: readonly SettingsGrant[], registries: readonly RegistryEntry[]): Fault[] {
  const listed = new Set(registries.map(({ address }) => address));
  return grants.flatMap(({ address }, index) =>
    listed.has(address)
      ? [{ pointer: `/grants/${index}/address`, problem: problem('grant-covered', { address }) }]
      : [],
  );
}

/** In UTC. The clock of a policy counts whole seconds; what is between two ends at the first. */
function wholeSeconds(rfc3339: string): string {
  return new Date(Math.floor(Date.parse(rfc3339) / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}
