import { grantKey, withGrant } from '../../shared/lists/grants.ts';
import type { SettingsGrant } from '../../shared/schemas/hub/grants.ts';
import type { Where } from './as-owner.ts';
import { addressesOf, type Entered } from './change-registries.ts';
import { confirmNotices } from './confirm-notices.ts';
import { describeAdded, termsOf } from './describe-change.ts';
import { editSettings } from './hub-settings.ts';
import { untilOf } from './written-time.ts';

export interface Limits {
  /** As it was written. */
  until?: string | undefined;
  teams?: string[] | undefined;
}

/** Allows registries until a time, for teams, or both. @throws ProblemError as `allowRegistries`, `until-invalid`, `until-over` */
export async function grantRegistries(where: Where, entered: Entered & Limits): Promise<void> {
  const { nickname } = entered;
  const addresses = addressesOf(entered.addresses);
  const until = entered.until === undefined ? undefined : untilOf(entered.until, Date.now());
  const teams = [...new Set(entered.teams ?? [])];
  await confirmNotices(entered.addresses, { yes: entered.yes ?? false });
  await editSettings(where, (settings) => {
    let { grants = [] } = settings;
    const said: string[] = [];
    for (const address of addresses) {
      const wanted: SettingsGrant = {
        address,
        ...(until === undefined ? {} : { until }),
        ...(teams.length === 0 ? {} : { teams }),
      };
      const before = grants.find((one) => grantKey(one) === grantKey(wanted));
      const name = nickname ?? before?.nickname;
      const grant = name === undefined ? wanted : { ...wanted, nickname: name };
      if (before !== undefined && before.until === grant.until && before.nickname === grant.nickname) continue;
      grants = withGrant(grants, grant);
      const [line = '', ...more] = describeAdded(grant, settings.registries);
      said.push(`${before === undefined ? line : line.replace('+', '~')} ${termsOf(grant)}`, ...more);
    }
    if (said.length === 0) return { unchanged: `Already allowed so: ${addresses.join(', ')}.` };
    return { settings: { ...settings, grants }, said, undo: true };
  });
}

/** What to use instead of a registry. @param use null takes the suggestion away */
export async function suggestInstead(where: Where, written: string, use: string | null): Promise<void> {
  const [address = ''] = addressesOf([written]);
  await editSettings(where, (settings) => {
    const { hints = [] } = settings;
    const before = hints.find((hint) => hint.address === address);
    if ((before?.use ?? null) === (use?.trim() ?? null)) return { unchanged: 'Already set.' };
    const others = hints.filter((hint) => hint.address !== address);
    return {
      settings: { ...settings, hints: use === null ? others : [...others, { address, use: use.trim() }] },
      said: [
        use === null ? `  - ${address}: nothing is suggested instead` : `  ~ ${address}: use ${use.trim()} instead`,
      ],
      undo: true,
    };
  });
}
