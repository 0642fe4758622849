import { z } from 'zod';
import { grantKey } from '../../../shared/lists/grants.ts';
import type { SettingsExtras, SettingsGrant, SettingsHint } from '../../../shared/schemas/hub/grants.ts';

/** As a draft keeps it. What a newer version of the server knows about a grant stays with it. */
const Grant: z.ZodType<SettingsGrant> = z.looseObject({
  address: z.string(),
  nickname: z.string().optional(),
  until: z.string().optional(),
  teams: z.array(z.string()).optional(),
}) as z.ZodType<SettingsGrant>;

/** What was done to one grant. */
export const GrantEdit = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('add'), grant: Grant }),
  z.object({ kind: z.literal('remove'), grant: Grant }),
  z.object({ kind: z.literal('change'), from: Grant, to: Grant }),
]);
export type GrantEdit = z.infer<typeof GrantEdit>;

/** What is suggested instead of an address: `''` for nothing. */
const HintEdit = z.object({ from: z.string(), to: z.string() });
export type HintEdit = z.infer<typeof HintEdit>;

/** Edits of what settings have beside the list; left out where there are none. */
export const ExtrasDraft = z.object({
  /** By the key of the grant that they were made on (`grantKey`). */
  grants: z.record(z.string(), GrantEdit).optional(),
  /** By address. */
  hints: z.record(z.string(), HintEdit).optional(),
});
export type ExtrasDraft = z.infer<typeof ExtrasDraft>;

export function grantsWith(grants: readonly SettingsGrant[], { grants: edits = {} }: ExtrasDraft): SettingsGrant[] {
  const kept = grants.flatMap((grant) => {
    const edit = edits[grantKey(grant)];
    return edit?.kind === 'remove' ? [] : edit?.kind === 'change' ? [edit.to] : [grant];
  });
  const added = Object.values(edits).flatMap((edit) => (edit.kind === 'add' ? [edit.grant] : []));
  return [...kept, ...added];
}

export function hintsWith(hints: readonly SettingsHint[], { hints: edits = {} }: ExtrasDraft): SettingsHint[] {
  const uses = new Map(hints.map(({ address, use }) => [address, use]));
  for (const [address, { to }] of Object.entries(edits)) uses.set(address, to.trim());
  return [...uses].filter(([, use]) => use !== '').map(([address, use]) => ({ address, use }));
}

/** A grant as it shall be. @param saved the one in the saved settings that it takes the place of */
export function withGrantEdit<Draft extends ExtrasDraft>(
  draft: Draft,
  grant: SettingsGrant,
  saved: SettingsGrant | undefined,
): Draft {
  const key = grantKey(saved ?? grant);
  if (saved === undefined) return { ...draft, grants: { ...draft.grants, [key]: { kind: 'add', grant } } };
  if (sameGrant(saved, grant)) return withoutGrantEdit(draft, key);
  return { ...draft, grants: { ...draft.grants, [key]: { kind: 'change', from: saved, to: grant } } };
}

/** @param saved undefined for one that was only added in this draft */
export function withGrantRemoved<Draft extends ExtrasDraft>(
  draft: Draft,
  key: string,
  saved: SettingsGrant | undefined,
): Draft {
  if (saved === undefined) return withoutGrantEdit(draft, key);
  return { ...draft, grants: { ...draft.grants, [key]: { kind: 'remove', grant: saved } } };
}

export function withoutGrantEdit<Draft extends ExtrasDraft>(draft: Draft, key: string): Draft {
  const { [key]: _edit, ...grants } = draft.grants ?? {};
  const { grants: _before, ...others } = draft;
  return (Object.keys(grants).length === 0 ? others : { ...others, grants }) as Draft;
}

/** @param from what the saved settings suggest, `''` for nothing */
export function withHint<Draft extends ExtrasDraft>(draft: Draft, address: string, from: string, to: string): Draft {
  const { [address]: _edit, ...hints } = draft.hints ?? {};
  if (from !== to) hints[address] = { from, to };
  const { hints: _before, ...others } = draft;
  return (Object.keys(hints).length === 0 ? others : { ...others, hints }) as Draft;
}

export function countEdits({ grants = {}, hints = {} }: ExtrasDraft): {
  added: number;
  removed: number;
  changed: number;
  hints: number;
} {
  const of = (kind: GrantEdit['kind']): number => Object.values(grants).filter((edit) => edit.kind === kind).length;
  return { added: of('add'), removed: of('remove'), changed: of('change'), hints: Object.keys(hints).length };
}

/** A grant or a hint that both the draft and somebody else have changed, each in another way; null or `''`: gone. */
export type ExtrasClash =
  | {
      readonly about: 'grant';
      readonly key: string;
      readonly address: string;
      readonly mine: SettingsGrant | null;
      readonly theirs: SettingsGrant | null;
    }
  | { readonly about: 'hint'; readonly address: string; readonly mine: string; readonly theirs: string };

/** The draft's grants and hints made again on `theirs`, as `rebase` does for the rest. */
export function rebaseExtras(
  { grants: edits = {}, hints = {} }: ExtrasDraft,
  theirs: SettingsExtras,
  isMine: (clash: ExtrasClash) => boolean,
): ExtrasDraft {
  let next: ExtrasDraft = {};
  const now = new Map((theirs.grants ?? []).map((grant) => [grantKey(grant), grant]));
  for (const [key, edit] of Object.entries(edits)) {
    const before = edit.kind === 'add' ? undefined : edit.kind === 'change' ? edit.from : edit.grant;
    const mine = edit.kind === 'remove' ? null : edit.kind === 'change' ? edit.to : edit.grant;
    // What has the same address and teams by now is what this one would be.
    const current = now.get(key) ?? (mine === null ? undefined : now.get(grantKey(mine)));
    if (mine === null ? current === undefined : current !== undefined && sameGrant(current, mine)) continue;
    const untouched =
      before === undefined ? current === undefined : current !== undefined && sameGrant(current, before);
    if (!untouched) {
      const { address } = mine ?? before ?? { address: '' };
      if (!isMine({ about: 'grant', key, address, mine, theirs: current ?? null })) continue;
    }
    next = mine === null ? withGrantRemoved(next, key, current) : withGrantEdit(next, mine, current);
  }
  const uses = new Map((theirs.hints ?? []).map(({ address, use }) => [address, use]));
  for (const [address, { from, to }] of Object.entries(hints)) {
    const use = uses.get(address) ?? '';
    if (use === to) continue;
    if (use !== from && !isMine({ about: 'hint', address, mine: to, theirs: use })) continue;
    next = withHint(next, address, use, to);
  }
  return next;
}

/** Whether both say the same, in whatever spelling. */
export function sameGrant(one: SettingsGrant, other: SettingsGrant): boolean {
  const time = ({ until }: SettingsGrant): number => (until === undefined ? 0 : Date.parse(until));
  return (
    grantKey(one) === grantKey(other) && time(one) === time(other) && (one.nickname ?? '') === (other.nickname ?? '')
  );
}
