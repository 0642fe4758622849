import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Origin, originsByAddress } from '../../../shared/lists/additions.ts';
import { grantKey } from '../../../shared/lists/grants.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../shared/problems/problem.ts';
import { TeamList } from '../../../shared/schemas/hub/people.ts';
import {
  Additions,
  RevisionsPage,
  SavedSettings,
  SettingsPreview,
} from '../../../shared/schemas/hub/registry-access.ts';
import {
  type RegistryAccessSettings,
  RegistryAccessSettingsAnswer,
  type SentSettings,
} from '../../../shared/schemas/hub-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import type { Drafts } from '../dashboard.ts';
import { type Api, ApiFailure, type Fault, ofOrganization } from '../transport/api.ts';
import { type Clash, Draft, emptyDraft, isEmpty, rebase, type Side, settingsWith } from './draft.ts';

/** The settings as they are saved. */
export interface Saved extends RegistryAccessSettings {
  readonly revision: number;
}

/** Somebody else has saved since the draft was begun. */
export interface Conflict {
  readonly theirs: Saved;
  /** What the draft was made on; null where nobody has it any more. */
  readonly base: Saved | null;
  /** Who saved; null where that is not known. */
  readonly by: string | null;
}

export interface RegistryAccessState {
  readonly saved: Saved | null;
  readonly draft: Draft;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly busy: 'loading' | 'saving' | null;
  /** Why loading or saving failed. */
  readonly problem: Problem | null;
  /** Of the organization, by name. */
  readonly teams: readonly string[];
  /** What the server said of single parts: by address, `grant` and its key, `hint` and its address, or `contact`. */
  readonly faults: ReadonlyMap<string, Problem>;
  readonly conflict: Conflict | null;
  /** The last save of this page: its revision, and what there is to say about it. */
  readonly done: { readonly revision: number; readonly notices: readonly Problem[] } | null;
}

/** An organization's settings, and the edits that are not saved yet. */
export interface RegistryAccess {
  readonly store: StoreApi<RegistryAccessState>;
  /** Loads at first use, and looks later whether somebody else has saved. */
  refresh(): Promise<void>;
  edit(change: (draft: Draft, saved: Saved) => Draft): void;
  discard(): void;
  save(): Promise<void>;
  preview(): Promise<SettingsPreview>;
  revisions(cursor: string | null): Promise<RevisionsPage>;
  /** An earlier revision's settings. */
  settingsOf(revision: number): Promise<Saved>;
  restore(revision: number): Promise<void>;
  /** Goes on with the draft, made again on what the other one has saved. */
  merge(side: (clash: Clash) => Side): void;
  /** The nickname in the saved list, `''` without one; undefined where it is not listed. */
  listed(address: string): string | undefined;
}

export interface RegistryAccessDeps {
  readonly api: Api;
  readonly organization: string;
  /** Of the person: a draft is theirs alone. */
  readonly sub: string;
  readonly drafts: Drafts;
  readonly setUnsaved: (unsaved: boolean) => void;
}

export function createRegistryAccess({
  api,
  organization,
  sub,
  drafts,
  setUnsaved,
}: RegistryAccessDeps): RegistryAccess {
  const key = `portcullis.draft.registry-access ${organization} ${sub}`;
  const path = (rest: string): string => ofOrganization(organization, `registry-access/${rest}`);
  const store = createStore<RegistryAccessState>(() => ({
    saved: null,
    draft: keptDraft(drafts.getItem(key)) ?? emptyDraft(0),
    origins: new Map(),
    teams: [],
    busy: null,
    problem: null,
    faults: new Map(),
    conflict: null,
    done: null,
  }));
  let nicknames = new Map<string, string>();

  function keep(draft: Draft): void {
    setUnsaved(!isEmpty(draft));
    try {
      if (isEmpty(draft)) drafts.removeItem(key);
      else drafts.setItem(key, JSON.stringify(draft));
    } catch {
      // More than a tab may store: it stays in memory, and leaving asks.
    }
  }

  function show(saved: Saved): void {
    nicknames = new Map(saved.registries.map(({ address, nickname = '' }) => [address, nickname]));
    store.setState({ saved });
  }

  function setDraft(draft: Draft): void {
    store.setState({ draft });
    keep(draft);
  }

  async function load(): Promise<Saved> {
    return savedOf((await api.call(RegistryAccessSettingsAnswer, 'GET', path('settings'))).value);
  }

  async function loadOrigins(): Promise<void> {
    const { saved } = store.getState();
    // Who added what is worth showing, and nothing depends on it.
    const answer = await api.call(Additions, 'GET', path('additions')).catch(() => null);
    if (answer === null || saved === null || answer.value.revision !== saved.revision) return;
    store.setState({ origins: originsByAddress(saved.registries, answer.value.additions) });
  }

  async function loadTeams(): Promise<void> {
    // For a choice; without it, what is named already stays.
    const answer = await api.call(TeamList, 'GET', ofOrganization(organization, 'teams')).catch(() => null);
    if (answer !== null) store.setState({ teams: answer.value.items.map(({ name }) => name) });
  }

  /** What there is now, and the draft on it: at once where nobody else has saved, else as a conflict to decide. */
  async function meet(theirs: Saved): Promise<void> {
    const { draft, saved } = store.getState();
    if (isEmpty(draft) || draft.revision === theirs.revision) {
      show(theirs);
      setDraft({ ...draft, revision: theirs.revision });
      store.setState({ conflict: null });
      await loadOrigins();
      return;
    }
    const base = saved?.revision === draft.revision ? saved : await revisionOf(draft.revision);
    const latest = await api.call(RevisionsPage, 'GET', path('revisions?limit=1')).catch(() => null);
    const by = latest?.value.items.find(({ revision }) => revision === theirs.revision)?.by ?? null;
    if (saved === null) show(base ?? theirs);
    store.setState({ conflict: { theirs, base, by } });
  }

  async function revisionOf(revision: number): Promise<Saved | null> {
    const answer = await api.call(RegistryAccessSettingsAnswer, 'GET', path(`revisions/${revision}`)).catch(() => null);
    return answer === null ? null : savedOf(answer.value);
  }

  async function during(busy: 'loading' | 'saving', work: () => Promise<void>): Promise<void> {
    if (store.getState().busy !== null) return;
    store.setState({ busy, problem: null, ...(busy === 'saving' ? { faults: new Map(), done: null } : {}) });
    try {
      await work();
    } catch (error) {
      await failed(error);
    } finally {
      store.setState({ busy: null });
    }
  }

  async function failed(error: unknown): Promise<void> {
    if (error instanceof ApiFailure && error.status === 412) {
      await load().then(meet, failed);
      return;
    }
    const faults = error instanceof ApiFailure ? faultsByPart(error.faults, sent()) : new Map<string, Problem>();
    store.setState({ problem: asProblem(error, problem('dashboard-bad-answer')), faults });
  }

  /** The settings that a save would send. */
  function sent(): SentSettings {
    const { saved, draft } = store.getState();
    if (saved === null) throw new Error('nothing is loaded yet');
    const { revision: _revision, ...settings } = settingsWith(saved, draft) as Saved;
    // Left out, it would stay as it is.
    return { enforceFrom: null, grants: [], hints: [], requests: false, support: null, ...settings };
  }

  async function takeSaved(answer: SavedSettings): Promise<void> {
    const saved = savedOf(answer);
    show(saved);
    setDraft(emptyDraft(saved.revision));
    const notices = (answer.notices ?? []).map(({ code = 'setting-invalid', args, detail }) => ({
      code,
      message: detail,
      ...(args === undefined ? {} : { args }),
    }));
    store.setState({ done: { revision: saved.revision, notices }, conflict: null });
    await loadOrigins();
  }

  setUnsaved(!isEmpty(store.getState().draft));
  return {
    store,
    listed: (address) => nicknames.get(address),
    refresh: () =>
      during('loading', async () => {
        const { saved } = store.getState();
        void loadTeams();
        if (saved !== null) {
          const latest = await api.call(RevisionsPage, 'GET', path('revisions?limit=1'));
          if (latest.value.items[0]?.revision === saved.revision) return;
        }
        await meet(await load());
      }),
    edit(change) {
      const { saved, draft, faults } = store.getState();
      if (saved === null) return;
      setDraft(change(draft, saved));
      store.setState({ done: null, ...(faults.size > 0 ? { faults: new Map(), problem: null } : {}) });
    },
    discard() {
      const { conflict, saved } = store.getState();
      const current = conflict?.theirs ?? saved;
      if (current !== null) show(current);
      setDraft(emptyDraft(current?.revision ?? 0));
      store.setState({ conflict: null, problem: null, faults: new Map() });
      void loadOrigins();
    },
    save: () =>
      during('saving', async () => {
        const { draft } = store.getState();
        const { value } = await api.call(SavedSettings, 'PUT', path('settings'), {
          body: sent(),
          ifMatch: `"${draft.revision}"`,
        });
        await takeSaved(value);
      }),
    preview: async () => (await api.call(SettingsPreview, 'POST', path('settings/preview'), { body: sent() })).value,
    revisions: async (cursor) =>
      (await api.call(RevisionsPage, 'GET', path(`revisions?limit=20${cursor === null ? '' : `&cursor=${cursor}`}`)))
        .value,
    settingsOf: async (revision) =>
      savedOf((await api.call(RegistryAccessSettingsAnswer, 'GET', path(`revisions/${revision}`))).value),
    restore: (revision) =>
      during('saving', async () => {
        const { saved } = store.getState();
        const { value } = await api.call(SavedSettings, 'POST', path(`revisions/${revision}/restore`), {
          ifMatch: `"${saved?.revision ?? 0}"`,
        });
        await takeSaved(value);
      }),
    merge(side) {
      const { conflict, draft } = store.getState();
      if (conflict === null) return;
      show(conflict.theirs);
      setDraft(rebase(draft, conflict.theirs, side).draft);
      store.setState({ conflict: null, problem: null });
      void loadOrigins();
    },
  };
}

function savedOf({ notices: _notices, changes: _changes, ...saved }: SavedSettings): Saved {
  return saved;
}

function keptDraft(text: string | null): Draft | null {
  const parsed = Draft.safeParse(parseJson(text ?? ''));
  return parsed.success && !isEmpty(parsed.data) ? parsed.data : null;
}

function faultsByPart(faults: readonly Fault[], sent: SentSettings): Map<string, Problem> {
  return new Map(faults.map(({ pointer, problem: said }) => [partOf(pointer, sent) ?? pointer.slice(1), said]));
}

function partOf(pointer: string, { registries, grants, hints }: SentSettings): string | undefined {
  const [, list, place = ''] = /^\/(registries|grants|hints)\/(\d+)/.exec(pointer) ?? [];
  const index = Number(place);
  if (list === 'registries') return registries[index]?.address;
  const [grant, hint] = [grants?.[index], hints?.[index]];
  if (list === 'grants' && grant !== undefined) return `grant ${grantKey(grant)}`;
  return list === 'hints' && hint !== undefined ? `hint ${hint.address}` : undefined;
}
