import { describe, expect, it } from 'vitest';
import { describeState, titleOf } from '../../../../shared/messages/describe-state.ts';
import { timeFormat } from '../../../../shared/messages/format.ts';
import type { SpokenLanguage } from '../../../../shared/messages/languages.ts';
import { wordsFor } from '../../../../shared/messages/words.ts';
import { problem as catalogued } from '../../../../shared/problems/catalogue.ts';
import type { Snapshot } from '../../../../shared/schemas/snapshot.ts';
import { StateId } from '../../../../shared/state/derive-state.ts';
import type { StateInputs } from '../../../../shared/state/inputs.ts';
import {
  allGood,
  inputsFor,
  keptSession,
  managed,
  NOW,
  policies,
  problem,
  sessions,
  snapshotOf,
} from '../../../support/snapshots.ts';

const wordsIn = (language: SpokenLanguage) => ({ ...wordsFor(language, 'en'), time: timeFormat(language, 'UTC') });
const textOf = (inputs: StateInputs, change: Partial<Snapshot> = {}, language: SpokenLanguage = 'en') =>
  describeState(snapshotOf(inputs, change), NOW, wordsIn(language));

describe('the state in words', () => {
  it.each<[StateId, string, string, string | null]>([
    ['starting', 'Checking this machine', 'The last policy stays in force.', null],
    [
      'not-enforcing',
      'Restrictions are NOT in force',
      'The engine reached a test name without going through the filter.',
      'Run checks',
    ],
    [
      'locked',
      'All pulls are blocked',
      'The configuration is malformed: Trailing comma before the closing bracket. Remove it. (/usr/share/docker-desktop/registry/registry.json, line 3)',
      'Copy for administrator',
    ],
    ['sign-in-required', 'Sign in to pull images', 'acme requires sign-in on this machine.', 'Sign in'],
    ['unmanaged', 'No restrictions', 'No organization manages this machine.', 'Sign in'],
    ['engine-stopped', 'No container engine running', 'The policy applies as soon as an engine starts.', null],
    ['securing', 'Applying revision 8', 'Revision 7 stays in force in the meantime.', null],
    ['restrictions-off', 'Restrictions are off', 'acme has turned restrictions off.', null],
    ['auditing', 'Audit only, nothing is blocked', '4 requests would have been blocked today.', null],
    [
      'enforcing-stale',
      'Restricted by acme, last synced 3m ago',
      'In force until Nov 24, 2026, 11:00 AM. After that, all pulls are blocked.',
      'Try again',
    ],
    ['enforcing', 'Restricted by acme', '12 registries allowed. Proven 12s ago.', 'Check an image'],
  ])('%s', (id, headline, sentence, action) => {
    const setIn = id === 'sign-in-required' ? '/usr/share/docker-desktop/registry/registry.json' : null;
    expect(textOf(inputsFor[id])).toEqual({ headline, badge: null, sentence, setIn, action });
  });

  it('says when blocking starts where the organization has set a date', () => {
    const { policy } = inputsFor.auditing;
    if (policy?.kind !== 'fresh') throw new Error('no policy');
    const dated = {
      policy: { ...policy, policy: { ...policy.policy, enforceFrom: Date.UTC(2026, 10, 30, 8) / 1000 } },
    };
    expect(textOf(inputsFor.auditing, dated).sentence).toBe(
      'Blocking starts on Nov 30, 2026, 8:00 AM. 4 requests would have been blocked today.',
    );
    expect(textOf(inputsFor.auditing, dated, 'de').sentence).toMatch(/^Blockiert wird ab 30\.11\.2026/);
  });

  it('names the place of a fault in the words of the language', () => {
    const { sentence } = textOf(inputsFor.locked, {}, 'de');
    expect(sentence).toContain('(/usr/share/docker-desktop/registry/registry.json, Zeile 3)');
  });

  it.each([
    ['the filter has failed', { filter: { kind: 'failed', mode: 'denying', problem: catalogued('unexpected') } }],
    ['nothing is restricted', { filter: { kind: 'failed', mode: 'open', problem: catalogued('unexpected') } }],
    ['nothing is proven', { filter: { kind: 'unknown', problem: catalogued('unexpected') } }],
    ['the policy was rejected', { policy: { kind: 'rejected', policy: null, problem: catalogued('unexpected') } }],
  ] satisfies [string, Partial<StateInputs>][])(
    'tells the problem in the words of the language: %s',
    (_what, change) => {
      const { sentence } = textOf({ ...allGood, ...change }, {}, 'de');
      expect(sentence).toContain('In Portcullis ist ein unerwarteter Fehler aufgetreten.');
    },
  );

  it('says of a demo, beside the headline of every state, that no engine is attached', () => {
    for (const id of StateId.options) {
      const text = textOf(inputsFor[id], { engine: { kind: 'demo', name: 'Demo', socket: null } });
      expect(text.badge).toBe('demo, no engine attached');
      expect(titleOf(text)).toBe(`${text.headline} (demo, no engine attached)`);
    }
  });

  it('names what is needed and what the user has, when the organization is the wrong one', () => {
    const { sentence } = textOf({ ...allGood, session: sessions['wrong-organization'] });
    expect(sentence).toBe('Gus belongs to globex, but this machine requires acme.');
  });

  it.each([
    [['acme', 'globex'], 'acme or globex requires sign-in on this machine'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'a, b, c, d, e, or 2 more requires sign-in on this machine'],
  ])('names %j as a sentence takes them', (allowedOrgs, start) => {
    const { sentence } = textOf({ ...inputsFor['sign-in-required'], managed: { ...managed.present, allowedOrgs } });
    expect(sentence).toContain(start);
  });

  it('says that only letter case differs, which is easily overlooked', () => {
    const differs = catalogued('organization-case', { user: 'Cas', organization: 'Acme', required: 'acme' });
    const session = {
      kind: 'wrong-organization',
      user: { sub: '1', name: 'Cas' },
      has: ['Acme'],
      problem: differs,
    } as const;
    const { sentence } = textOf({ ...allGood, session: { ...session, has: [...session.has] } });
    expect(sentence).toBe('Cas belongs to Acme, but this machine requires acme: names are case-sensitive.');
  });

  it('says of a kept sign-in what is wrong, where, and that nobody has to sign in again', () => {
    const mistyped = { ...managed.present, allowedOrgs: ['Acme'] };
    const text = textOf({ ...allGood, managed: mistyped, session: keptSession });
    expect(text).toMatchObject({
      headline: 'All pulls are blocked',
      sentence:
        'Mia belongs to acme, but this machine requires Acme: names are case-sensitive. You stay signed in: pulls work again as soon as your administrator corrects this.',
      setIn: managed.present.source,
      action: 'Copy for administrator',
    });
    const other = { ...keptSession, problem: undefined };
    expect(textOf({ ...allGood, managed: { ...mistyped, allowedOrgs: ['acmee'] }, session: other }).sentence).toContain(
      'Mia belongs to acme, but this machine requires acmee. You stay signed in',
    );
  });

  it.each([
    ['policies.expired', { policy: policies.expired }, 'The policy of acme expired on'],
    ['no policy key', { managed: { ...managed.present, settings: {} } }, 'This machine has no policy key for acme.'],
    ['no proof of membership', { membershipProven: false }, 'There is no valid proof of your membership in acme.'],
    ['rejected', { policy: policies['rejected with none valid'] }, 'The policy was rejected: Something is wrong.'],
    ['no policy', { policy: policies['none for 30 s'] }, 'No policy from acme has arrived since you signed in.'],
    [
      'unreadable',
      { managed: managed.unreadable },
      'The configuration cannot be used: /usr/share/docker-desktop/registry can be changed by other users. (mode 0777) Restrict',
    ],
  ] satisfies [string, Partial<StateInputs>, string][])('gives the cause of a lock: %s', (_name, change, start) => {
    expect(textOf({ ...allGood, ...change }).sentence).toContain(start);
  });

  it('says of a missing proof of membership what keeps a new one away', () => {
    const { sync } = snapshotOf(allGood);
    const { sentence } = textOf({ ...allGood, membershipProven: false }, { sync: { ...sync, problem } });
    expect(sentence).toBe('There is no valid proof of your membership in acme. Something is wrong.');
  });

  it('says that only letter case differs also where there is no key for the misspelt name', () => {
    const { kept: _kept, ...turnedAway } = keptSession;
    const mistyped = { ...managed.present, allowedOrgs: ['Acme'] };
    expect(textOf({ ...allGood, managed: mistyped, session: turnedAway }).sentence).toBe(
      'Mia belongs to acme, but this machine requires Acme: names are case-sensitive. This machine has no policy key for Acme.',
    );
  });

  it('names the file in which a policy key is missing', () => {
    const { setIn } = textOf({ ...allGood, managed: { ...managed.present, settings: {} } });
    expect(setIn).toBe(managed.present.settingsSource);
  });

  it.each([
    ['has not been tried', { lastContact: NOW - 2 * 3_600_000 }, 'Portcullis has not checked for a newer policy yet.'],
    ['is under way', { running: true }, 'A newer policy is being fetched.'],
    ['failed', { problem }, 'A newer policy could not be fetched.'],
    ['brought nothing newer', { lastContact: NOW }, 'The server of acme has no newer policy.'],
  ])('says of an expired policy that fetching a newer one %s', (_what, change, said) => {
    const policy = { ...policies.expired.policy, exp: NOW / 1000 - 3_600 };
    const { sync } = snapshotOf(allGood);
    const { sentence } = textOf(
      { ...allGood, policy: { kind: 'expired', policy } },
      { sync: { ...sync, lastContact: null, ...change } },
    );
    expect(sentence).toBe(`The policy of acme expired on Nov 21, 2026, 11:00 AM. ${said}`);
  });

  it('asks whoever has lost the credential to sign in again, for trying again would not help', () => {
    const lost = { ...allGood, session: sessions['credential-unreadable'] };
    expect(textOf(lost).action).toBe('Sign in again');
  });

  it('says why nothing is proven, rather than that something is being applied', () => {
    const problem = { code: 'engine-forbidden', message: 'This user may not ask Docker Engine.' };
    expect(textOf({ ...allGood, filter: { kind: 'unknown', problem } })).toEqual({
      headline: 'Not proven to be in force',
      badge: null,
      setIn: null,
      sentence: 'This user may not ask Docker Engine. Revision 7 stays in force in the meantime.',
      action: 'Run checks',
    });
  });

  it('says only once that the filter does not answer', () => {
    const problem = { code: 'gateway-away', message: 'The filter does not answer.' };
    const { sentence } = textOf({ ...allGood, filter: { kind: 'failed', mode: 'denying', problem } });
    expect(sentence).toBe('The filter is not responding, so all pulls are blocked.');
  });

  it('says why the filter is not running, where that is known', () => {
    const problem = { code: 'port-taken', message: 'The port is taken.' };
    const { sentence } = textOf({ ...allGood, filter: { kind: 'failed', mode: 'denying', problem } });
    expect(sentence).toBe('The filter is not running, so all pulls are blocked: The port is taken.');
  });

  it('never says that something was proven in the future', () => {
    const ahead = { kind: 'verified', at: NOW + 60_000, generation: 9 } as const;
    expect(textOf({ ...allGood, filter: ahead }).sentence).toBe('12 registries allowed. Proven now.');
  });
});
