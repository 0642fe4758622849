import { createStore, type StoreApi } from 'zustand/vanilla';
import { problem } from '../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../shared/problems/problem.ts';
import { Me } from '../../shared/schemas/hub-schema.ts';
import type { Appearance } from '../ui/appearance.ts';
import { type Api, createApi } from './transport/api.ts';
import type { SignIn, Tokens } from './transport/sign-in.ts';

export type Session =
  | { readonly kind: 'starting' }
  /** @param problem why the last sign-in brought nothing; null after a sign-out. */
  | { readonly kind: 'signed-out'; readonly problem: Problem | null }
  /** `expired`: what is on screen and what was typed stay; nothing can be loaded or saved. */
  | { readonly kind: 'signed-in'; readonly me: Me; readonly expired: boolean };

/** Everything the views show and do; made once, handed down by context. */
export interface Dashboard {
  readonly appearance: StoreApi<Appearance>;
  readonly session: StoreApi<Session>;
  readonly api: Api;
  /** Where drafts outlive the page: in this tab. */
  readonly drafts: Drafts;
  /** What has changes that are not saved, by any name. */
  readonly unsaved: StoreApi<ReadonlySet<string>>;
  setUnsaved(name: string, unsaved: boolean): void;
  /** Whether nothing is lost when the page goes away. */
  mayLeave(): boolean;
  start(): Promise<void>;
  /** Leaves the page, and comes back to the view that is shown. @param fresh the password is asked for in any case */
  signIn(fresh?: boolean): Promise<void>;
  signOut(): Promise<void>;
  /** What a view keeps while others are shown: made at its first use, once for each organization. */
  keep<T>(organization: string, name: string, make: () => T): T;
}

export type Drafts = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export interface DashboardOptions {
  readonly appearance: StoreApi<Appearance>;
  readonly signIn: SignIn;
  readonly fetch: (path: string, init: RequestInit) => Promise<Response>;
  readonly drafts: Drafts;
  /** Runs something later. @returns how to call it off */
  readonly after: (delay: number, run: () => void) => () => void;
}

/** So long before its end a token counts as expired, in milliseconds: nothing should fail half way. */
const MARGIN = 5_000;

export function createDashboard({ appearance, signIn, fetch, drafts, after }: DashboardOptions): Dashboard {
  const session = createStore<Session>(() => ({ kind: 'starting' }));
  const unsaved = createStore<ReadonlySet<string>>(() => new Set());
  const kept = new Map<string, unknown>();
  let tokens: Tokens | null = null;
  /** The page goes away on purpose, to come back with everything. */
  let leaving = false;

  const expire = (): void => {
    const current = session.getState();
    if (current.kind === 'signed-in') session.setState({ ...current, expired: true }, true);
  };
  const api = createApi({ fetch, token: () => tokens?.access ?? null, onUnauthorized: expire });
  const failed = (error: unknown): void => {
    leaving = false;
    session.setState({ kind: 'signed-out', problem: asProblem(error, problem('dashboard-sign-in-failed')) }, true);
  };

  const dashboard: Dashboard = {
    appearance,
    session,
    api,
    drafts,
    unsaved,
    setUnsaved(name, isUnsaved) {
      const names = unsaved.getState();
      if (names.has(name) === isUnsaved) return;
      const next = new Set(names);
      if (isUnsaved) next.add(name);
      else next.delete(name);
      unsaved.setState(next, true);
    },
    mayLeave: () => leaving || unsaved.getState().size === 0,
    async start() {
      try {
        tokens = await signIn.complete();
        if (tokens === null) {
          await signIn.begin();
          return;
        }
        after(Math.max(0, tokens.goodFor - MARGIN), expire);
        const { value: me } = await api.call(Me, 'GET', '/v1/me');
        session.setState({ kind: 'signed-in', me, expired: false }, true);
      } catch (error) {
        failed(error);
      }
    },
    async signIn(fresh = false) {
      leaving = true;
      await signIn.begin({ fresh }).catch((error: unknown) => {
        // What was typed must not go away with the view.
        if (session.getState().kind !== 'signed-in') failed(error);
        leaving = false;
      });
    },
    async signOut() {
      if (tokens === null) return;
      leaving = true;
      await signIn.signOut(tokens).catch(failed);
    },
    keep<T>(organization: string, name: string, make: () => T): T {
      const key = `${organization} ${name}`;
      if (!kept.has(key)) kept.set(key, make());
      return kept.get(key) as T;
    },
  };
  return dashboard;
}
