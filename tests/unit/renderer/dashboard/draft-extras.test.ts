import { describe, expect, it } from 'vitest';
import {
  type Clash,
  countsOf,
  Draft,
  emptyDraft,
  isEmpty,
  keyOf,
  rebase,
  type Side,
  settingsWith,
  withSwitch,
} from '../../../../renderer/dashboard/stores/draft.ts';
import {
  withGrantEdit,
  withGrantRemoved,
  withHint,
  withoutGrantEdit,
} from '../../../../renderer/dashboard/stores/draft-extras.ts';
import { grantRowsOf, rowKey } from '../../../../renderer/dashboard/stores/rows.ts';
import { grantKey } from '../../../../shared/lists/grants.ts';
import type { SettingsGrant } from '../../../../shared/schemas/hub/grants.ts';
import type { RegistryAccessSettings } from '../../../../shared/schemas/hub-schema.ts';

const FRIDAY = '2026-12-04T17:00:00Z';
const LATER = '2026-12-11T17:00:00Z';
const gcr: SettingsGrant = { address: 'gcr.io', until: FRIDAY };
const quay: SettingsGrant = { address: 'quay.io', teams: ['platform'] };
const BASE: RegistryAccessSettings & { revision: number } = {
  ...{ revision: 4, enabled: true, mode: 'enforce', registries: [{ address: 'docker.io' }] },
  grants: [gcr, quay],
  hints: [{ address: 'gcr.io', use: 'mirror/gcr' }],
  support: { text: 'Ask in #help' },
};
const key = grantKey(gcr);
const rebased = (draft: Draft, theirs: Partial<RegistryAccessSettings>, side: Side = 'mine') => {
  const settings = { ...BASE, revision: 5, ...theirs };
  const { draft: next, clashes } = rebase(draft, settings, () => side);
  return { clashes, settings: settingsWith(settings, next), next };
};

describe('a draft of grants', () => {
  it('adds, changes and removes them, with suggestions, requests and support', () => {
    let draft = withGrantEdit(emptyDraft(4), { address: 'ghcr.io', teams: ['data'] }, undefined);
    draft = withGrantEdit(draft, { ...gcr, until: LATER }, gcr);
    draft = withGrantRemoved(draft, grantKey(quay), quay);
    draft = withHint(draft, 'gcr.io', 'mirror/gcr', '');
    draft = withHint(draft, 'quay.io', '', 'mirror/quay');
    draft = withSwitch(draft, 'requests', false, true);
    draft = withSwitch(draft, 'supportUrl', '', 'https://help.acme.example');
    expect(settingsWith(BASE, draft)).toMatchObject({
      grants: [
        { ...gcr, until: LATER },
        { address: 'ghcr.io', teams: ['data'] },
      ],
      hints: [{ address: 'quay.io', use: 'mirror/quay' }],
      ...{ requests: true, support: { text: 'Ask in #help', url: 'https://help.acme.example' } },
    });
    expect(countsOf(draft)).toEqual({
      ...{ added: 1, removed: 1, renamed: 0, changed: 1, hints: 2, switches: ['requests', 'supportUrl'] },
    });
    expect(Draft.parse(JSON.parse(JSON.stringify(draft)))).toEqual(draft);
  });

  it('is empty again once each edit is taken back', () => {
    let draft = withGrantEdit(emptyDraft(4), { ...gcr, until: LATER }, gcr);
    // The same moment in another spelling.
    draft = withGrantEdit(draft, { ...gcr, until: '2026-12-04T18:00:00+01:00' }, gcr);
    draft = withoutGrantEdit(withGrantRemoved(draft, key, gcr), key);
    draft = withHint(withHint(draft, 'a.example', '', 'b'), 'a.example', '', '');
    draft = withGrantRemoved(withGrantEdit(draft, { ...gcr, address: 'x.example' }, undefined), 'x.example', undefined);
    expect(isEmpty(draft)).toBe(true);
    expect(draft).toEqual(emptyDraft(4));
  });

  it('removes every suggestion and all support', () => {
    let draft = withHint(emptyDraft(4), 'gcr.io', 'mirror/gcr', '');
    draft = withSwitch(draft, 'supportText', 'Ask in #help', ' ');
    expect(settingsWith(BASE, draft)).not.toHaveProperty('hints');
    expect(settingsWith(BASE, draft)).not.toHaveProperty('support');
  });

  it('gives each line a key of its own, also two of the same registry', () => {
    const both = [gcr, { ...gcr, teams: ['platform'] }];
    const draft = withGrantRemoved(emptyDraft(4), key, gcr);
    const rows = grantRowsOf(both, draft, 1);
    expect(rows.map(({ edit, place }) => [edit, place])).toEqual([
      ['remove', 1],
      [null, 2],
    ]);
    expect(new Set(rows.map(rowKey)).size).toBe(2);
  });
});

describe('a draft of grants on what somebody else has saved', () => {
  const longer = withGrantEdit(emptyDraft(4), { ...gcr, until: LATER }, gcr);

  it('stays where they changed something else', () => {
    const { clashes, settings } = rebased(longer, { grants: [gcr] });
    expect(clashes).toEqual([]);
    expect(settings.grants).toEqual([{ ...gcr, until: LATER }]);
  });

  it('is done where they did the same', () => {
    expect(isEmpty(rebased(longer, { grants: [{ ...gcr, until: LATER }] }).next)).toBe(true);
    const removed = withGrantRemoved(emptyDraft(4), key, gcr);
    expect(isEmpty(rebased(removed, { grants: [quay] }).next)).toBe(true);
    const added = withGrantEdit(emptyDraft(4), { address: 'ghcr.io', until: FRIDAY }, undefined);
    expect(isEmpty(rebased(added, { grants: [{ address: 'ghcr.io', until: FRIDAY }] }).next)).toBe(true);
  });

  it.each<[string, Draft, Partial<RegistryAccessSettings>, unknown, unknown]>([
    [
      'both set another time',
      longer,
      { grants: [{ ...gcr, until: '2026-12-05T00:00:00Z' }] },
      LATER,
      '2026-12-05T00:00:00Z',
    ],
    ['they removed what was changed', longer, { grants: [] }, LATER, undefined],
    [
      'they changed what was removed',
      withGrantRemoved(emptyDraft(4), key, gcr),
      { grants: [{ ...gcr, until: LATER }] },
      undefined,
      LATER,
    ],
    [
      'both added it',
      withGrantEdit(emptyDraft(4), { address: 'ghcr.io', until: FRIDAY }, undefined),
      { grants: [{ address: 'ghcr.io', until: LATER }] },
      FRIDAY,
      LATER,
    ],
  ])('asks where %s', (_what, draft, theirs, mine, other) => {
    const untilOf = ({ grants = [] }: RegistryAccessSettings) => grants[0]?.until;
    expect(rebased(draft, theirs).clashes).toMatchObject([{ about: 'grant' }]);
    expect(untilOf(rebased(draft, theirs, 'mine').settings)).toBe(mine);
    expect(untilOf(rebased(draft, theirs, 'theirs').settings)).toBe(other);
  });

  it('asks about suggestions and support that both changed, each by its own key', () => {
    let draft = withHint(emptyDraft(4), 'gcr.io', 'mirror/gcr', 'mine');
    draft = withSwitch(draft, 'supportText', 'Ask in #help', 'mine');
    const theirs = { hints: [{ address: 'gcr.io', use: 'theirs' }], support: { text: 'theirs' } };
    const { clashes, settings } = rebased(draft, theirs);
    expect(clashes.map((clash: Clash) => [keyOf(clash), clash.mine, clash.theirs])).toEqual([
      ['supportText', 'mine', 'theirs'],
      ['hint gcr.io', 'mine', 'theirs'],
    ]);
    expect(settings).toMatchObject({ hints: [{ use: 'mine' }], support: { text: 'mine' } });
    expect(rebased(draft, theirs, 'theirs').settings).toMatchObject({
      hints: [{ use: 'theirs' }],
      support: { text: 'theirs' },
    });
  });
});
