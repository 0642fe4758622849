import { subscribe } from '../../../shared/subscribe.ts';

/** A hub that was away from the database for long tells of so many revisions of then. */
const MOST_TOLD = 100;

/** Who hears of revisions: of each once, in their order, whichever hub saved it and however it became known. */
export interface RevisionNews {
  /** @returns how to stop listening */
  listen: (org: string, listener: (revision: number) => void) => () => void;
  /** This is the newest revision. What was told already is not told again. */
  tell: (org: string, revision: number) => void;
}

export function createRevisionNews(): RevisionNews {
  const listeners = new Map<string, Set<(revision: number) => void>>();
  const told = new Map<string, number>();
  return {
    listen: (org, listener) => {
      const ofOrg = listeners.get(org) ?? new Set();
      listeners.set(org, ofOrg);
      return subscribe(ofOrg, listener);
    },
    tell: (org, revision) => {
      const last = told.get(org) ?? revision - 1;
      if (revision <= last) return;
      told.set(org, revision);
      for (let next = Math.max(last + 1, revision - MOST_TOLD + 1); next <= revision; next += 1) {
        for (const listener of listeners.get(org) ?? []) listener(next);
      }
    },
  };
}
