import { z } from 'zod';
import { PolicyMode, type RegistryEntry } from '../../../shared/policy/schema.ts';
import type { SettingsExtras } from '../../../shared/schemas/hub/grants.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import { countEdits, type ExtrasClash, ExtrasDraft, grantsWith, hintsWith, rebaseExtras } from './draft-extras.ts';

/** What was done to one line of the list. Each edit remembers what it was made on, so that it can be told apart from what others did. */
const Edit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('add'), nickname: z.string() }),
  z.object({ kind: z.literal('remove'), nickname: z.string() }),
  z.object({ kind: z.literal('rename'), from: z.string(), to: z.string() }),
]);
export type Edit = z.infer<typeof Edit>;

const changeOf = <Value extends z.ZodType>(value: Value) => z.object({ from: value, to: value }).optional();

/**
 * Edits that are not saved yet: a difference, not a copy, so that it stays small beside a list of a hundred thousand, and can be made again
 * on a list that somebody else has changed meanwhile. `''` stands for no nickname and no contact.
 */
export const Draft = z.object({
  /** Of the settings that it was made on. */
  revision: z.number().int(),
  enabled: changeOf(z.boolean()),
  mode: changeOf(PolicyMode),
  contact: changeOf(z.string()),
  /** RFC 3339; `''` for none. */
  enforceFrom: changeOf(z.string()),
  requests: changeOf(z.boolean()),
  /** `''` for none. */
  supportText: changeOf(z.string()),
  supportUrl: changeOf(z.string()),
  ...ExtrasDraft.shape,
  /** By address, in its canonical spelling. */
  edits: z.record(z.string(), Edit),
});
export type Draft = z.infer<typeof Draft>;

export const SWITCHES = [
  ...(['enabled', 'mode', 'contact', 'enforceFrom', 'requests', 'supportText', 'supportUrl'] as const),
] as const;
export type Switch = (typeof SWITCHES)[number];
export type SwitchValue<Name extends Switch> = NonNullable<Draft[Name]>['to'];

export const emptyDraft = (revision: number): Draft => ({ revision, edits: {} });

export function isEmpty(draft: Draft): boolean {
  const beside = Object.keys({ ...draft.grants, ...draft.hints }).length;
  return beside + Object.keys(draft.edits).length === 0 && SWITCHES.every((name) => draft[name] === undefined);
}

export interface DraftCounts {
  added: number;
  removed: number;
  renamed: number;
  /** Grants with another time, teams or name. */
  changed: number;
  hints: number;
  switches: Switch[];
}

export function countsOf(draft: Draft): DraftCounts {
  const counts = { added: 0, removed: 0, renamed: 0 };
  for (const { kind } of Object.values(draft.edits)) {
    if (kind === 'add') counts.added += 1;
    else if (kind === 'remove') counts.removed += 1;
    else counts.renamed += 1;
  }
  const beside = countEdits(draft);
  counts.added += beside.added;
  counts.removed += beside.removed;
  const { changed, hints } = beside;
  return { ...counts, changed, hints, switches: SWITCHES.filter((name) => draft[name] !== undefined) };
}

/** The settings as they would be saved. What was added stands at the end. */
export function settingsWith(base: RegistryAccessSettings, draft: Draft): RegistryAccessSettings {
  const { contact: before = '', enforceFrom: date = '', grants, hints, requests, support, ...others } = base;
  const contact = (draft.contact?.to ?? before).trim();
  const enabled = draft.enabled?.to ?? base.enabled;
  const mode = draft.mode?.to ?? base.mode;
  // A date means something only while the list is audited.
  const enforceFrom = enabled && mode === 'audit' ? (draft.enforceFrom?.to ?? date) : '';
  const registries: RegistryEntry[] = [];
  for (const entry of base.registries) {
    const edit = draft.edits[entry.address];
    if (edit?.kind === 'remove') continue;
    registries.push(edit?.kind === 'rename' ? entryOf(entry.address, edit.to) : entry);
  }
  for (const [address, edit] of Object.entries(draft.edits)) {
    if (edit.kind === 'add') registries.push(entryOf(address, edit.nickname));
  }
  return {
    ...others,
    enabled,
    mode,
    registries,
    ...(contact === '' ? {} : { contact }),
    ...(enforceFrom === '' ? {} : { enforceFrom }),
    ...extrasWith({ grants, hints, requests, support }, draft),
  };
}

/** What there is of it; none is left out. */
function extrasWith(
  { grants = [], hints = [], requests = false, support }: SettingsExtras,
  draft: Draft,
): SettingsExtras {
  const granted = grantsWith(grants, draft);
  const hinted = hintsWith(hints, draft);
  const text = (draft.supportText?.to ?? support?.text ?? '').trim();
  const url = (draft.supportUrl?.to ?? support?.url ?? '').trim();
  return {
    ...(granted.length === 0 ? {} : { grants: granted }),
    ...(hinted.length === 0 ? {} : { hints: hinted }),
    ...((draft.requests?.to ?? requests) ? { requests: true } : {}),
    ...(text === '' && url === ''
      ? {}
      : { support: { ...(text === '' ? {} : { text }), ...(url === '' ? {} : { url }) } }),
  };
}

function entryOf(address: string, nickname: string): RegistryEntry {
  return nickname === '' ? { address } : { address, nickname };
}

export function withSwitch<Name extends Switch>(
  draft: Draft,
  name: Name,
  from: SwitchValue<Name>,
  to: SwitchValue<Name>,
): Draft {
  const { [name]: _before, ...others } = draft;
  return (from === to ? others : { ...others, [name]: { from, to } }) as Draft;
}

/** @param listed what the saved list has, by address: `''` without nickname */
export function withAdded(
  draft: Draft,
  entries: readonly { address: string; nickname: string }[],
  listed: (address: string) => string | undefined,
): Draft {
  const edits = { ...draft.edits };
  for (const { address, nickname } of entries) {
    const before = listed(address);
    if (before === undefined) edits[address] = { kind: 'add', nickname };
    // Added again after it was removed: it stays, under its new name if it has got one.
    else if (edits[address]?.kind === 'remove') {
      if (nickname === '' || nickname === before) delete edits[address];
      else edits[address] = { kind: 'rename', from: before, to: nickname };
    }
  }
  return { ...draft, edits };
}

export function withRemoved(draft: Draft, address: string, listed: (address: string) => string | undefined): Draft {
  const before = listed(address);
  const { [address]: _edit, ...others } = draft.edits;
  return {
    ...draft,
    edits: before === undefined ? others : { ...others, [address]: { kind: 'remove', nickname: before } },
  };
}

export function withNickname(
  draft: Draft,
  address: string,
  nickname: string,
  listed: (address: string) => string | undefined,
): Draft {
  const before = listed(address);
  if (before === undefined) return { ...draft, edits: { ...draft.edits, [address]: { kind: 'add', nickname } } };
  if (before === nickname) return withoutEdit(draft, address);
  return { ...draft, edits: { ...draft.edits, [address]: { kind: 'rename', from: before, to: nickname } } };
}

export function withoutEdit(draft: Draft, address: string): Draft {
  const { [address]: _edit, ...edits } = draft.edits;
  return { ...draft, edits };
}

/** Something that both the draft and somebody else have changed, each in another way. */
export type Clash =
  | { readonly about: Switch; readonly mine: string | boolean; readonly theirs: string | boolean }
  /** `theirs`: the nickname that it has now; null where it has been removed. */
  | { readonly about: 'registry'; readonly address: string; readonly mine: Edit; readonly theirs: string | null }
  | ExtrasClash;

export function keyOf(clash: Clash): string {
  if (clash.about === 'grant') return `grant ${clash.key}`;
  if (clash.about === 'hint') return `hint ${clash.address}`;
  return clash.about === 'registry' ? `/${clash.address}` : clash.about;
}
export type Side = 'mine' | 'theirs';

/**
 * The draft made again on what somebody else has saved. What both have done alike is done; where they differ, `side` decides.
 *
 * @returns the draft on their revision, and everything that `side` was asked about
 */
export function rebase(
  draft: Draft,
  theirs: RegistryAccessSettings & { revision: number },
  side: (clash: Clash) => Side,
): { draft: Draft; clashes: Clash[] } {
  const clashes: Clash[] = [];
  const next: Draft = emptyDraft(theirs.revision);
  const isMine = (clash: Clash): boolean => {
    clashes.push(clash);
    return side(clash) === 'mine';
  };
  const rebaseSwitch = <Name extends Switch>(about: Name, now: SwitchValue<Name>): void => {
    const change = draft[about];
    if (change === undefined || change.to === now) return;
    if (change.from !== now && !isMine({ about, mine: change.to, theirs: now })) return;
    Object.assign(next, { [about]: { from: now, to: change.to } });
  };
  rebaseSwitch('enabled', theirs.enabled);
  rebaseSwitch('mode', theirs.mode);
  rebaseSwitch('contact', theirs.contact ?? '');
  rebaseSwitch('enforceFrom', theirs.enforceFrom ?? '');
  rebaseSwitch('requests', theirs.requests ?? false);
  rebaseSwitch('supportText', theirs.support?.text ?? '');
  rebaseSwitch('supportUrl', theirs.support?.url ?? '');
  Object.assign(next, rebaseExtras(draft, theirs, isMine));

  const nicknames = new Map(theirs.registries.map(({ address, nickname = '' }) => [address, nickname]));
  for (const [address, edit] of Object.entries(draft.edits)) {
    const now = nicknames.get(address);
    const kept = now === undefined ? editOfMissing(edit) : editOfListed(edit, now);
    if (kept.edit === null) continue;
    if (kept.clash && !isMine({ about: 'registry', address, mine: edit, theirs: now ?? null })) continue;
    next.edits[address] = kept.edit;
  }
  return { draft: next, clashes };
}

type Rebased = { edit: Edit | null; clash: boolean };

function editOfMissing(edit: Edit): Rebased {
  switch (edit.kind) {
    case 'add':
      return { edit, clash: false };
    case 'remove':
      return { edit: null, clash: false };
    case 'rename':
      return { edit: { kind: 'add', nickname: edit.to }, clash: true };
  }
}

function editOfListed(edit: Edit, now: string): Rebased {
  switch (edit.kind) {
    case 'add': {
      // Theirs has a name and mine has none: nobody loses anything.
      const same = edit.nickname === now || edit.nickname === '';
      return { edit: same ? null : { kind: 'rename', from: now, to: edit.nickname }, clash: now !== '' };
    }
    case 'remove':
      return { edit: { kind: 'remove', nickname: now }, clash: edit.nickname !== now };
    case 'rename':
      return {
        edit: edit.to === now ? null : { kind: 'rename', from: now, to: edit.to },
        clash: edit.from !== now,
      };
  }
}
