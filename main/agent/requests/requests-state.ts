import { z } from 'zod';
import { Problem } from '../../../shared/problems/problem.ts';
import { type AccessRequest, MAX_OPEN_REQUESTS } from '../../../shared/schemas/hub/requests.ts';
import type { OwnRequest } from '../../../shared/schemas/own-request.ts';
import { Millis } from '../../../shared/state/inputs.ts';

/** What is still to be sent; of the hub's only so many are kept for when it is away. */
export const MAX_KEPT = MAX_OPEN_REQUESTS;
export const MAX_REMEMBERED = 200;

/** A request that the hub does not have. */
export const KeptRequest = z.object({
  /** Of this machine. */
  id: z.string().max(64),
  host: z.string().min(1).max(512),
  subject: z.string().max(512).optional(),
  reason: z.string().max(500).optional(),
  at: Millis,
  /** The hub's word why it does not take it: it is not sent again. */
  refused: Problem.optional(),
});
export type KeptRequest = z.infer<typeof KeptRequest>;

/** The requests of one person, as far as this machine knows them. */
export interface RequestsState {
  kept: readonly KeptRequest[];
  /** As the hub last told, newest first. */
  mine: readonly AccessRequest[];
  /** Why what is kept was not sent at the last attempt; null: there was none, or it was. */
  problem: Problem | null;
  /** The hub has no such calls. */
  unknownToServer: boolean;
  /** Attempts that failed in a row. */
  failures: number;
  /** When the hub last told, in milliseconds since 1970; null: not since the agent started. */
  asked: number | null;
  /** Changes with what is listed. */
  version: number;
}

export function noRequests(version = 0): RequestsState {
  return { kept: [], mine: [], problem: null, unknownToServer: false, failures: 0, asked: null, version };
}

export function isFull({ kept }: RequestsState, host: string): boolean {
  return kept.length >= MAX_KEPT && !kept.some((one) => one.host === host);
}

/** Another one for the same host takes the place of the first, as at the hub. */
export function requestKept(state: RequestsState, request: KeptRequest): RequestsState {
  return changed({ ...state, kept: [request, ...state.kept.filter(({ host }) => host !== request.host)] });
}

export function requestDropped(state: RequestsState, id: string): RequestsState {
  return changed({ ...state, kept: state.kept.filter((one) => one.id !== id) });
}

export function requestSent(state: RequestsState, id: string, request: AccessRequest): RequestsState {
  return withMine(answered(requestDropped(state, id)), request);
}

export function requestRefused(state: RequestsState, id: string, refused: Problem): RequestsState {
  return changed(answered({ ...state, kept: state.kept.map((one) => (one.id === id ? { ...one, refused } : one)) }));
}

export function requestWithdrawn(state: RequestsState, id: string): RequestsState {
  const mine = state.mine.map((one) => (one.id === id ? { ...one, state: 'withdrawn' as const } : one));
  return changed({ ...state, mine });
}

/** @returns with it, what has been decided since the hub last told: what the user waits for. */
export function mineArrived(
  state: RequestsState,
  mine: readonly AccessRequest[],
  now: number,
): { state: RequestsState; decided: AccessRequest[] } {
  const awaited = new Set(state.mine.flatMap((one) => (one.state === 'open' ? [one.id] : [])));
  const decided = mine.filter((one) => awaited.has(one.id) && isDecided(one));
  const next = { ...answered(state), mine: mine.slice(0, MAX_REMEMBERED), asked: now };
  return { state: same(state.mine, next.mine) ? next : changed(next), decided };
}

/** @param lacks the hub answers that it has no such call. */
export function attemptFailed(state: RequestsState, problem: Problem, lacks: boolean): RequestsState {
  const next = { ...state, failures: state.failures + 1, problem, unknownToServer: lacks || state.unknownToServer };
  return state.kept.length > 0 ? changed(next) : next;
}

/** What is to be sent, oldest first. */
export function unsent({ kept }: RequestsState): KeptRequest[] {
  return kept.filter(({ refused }) => refused === undefined).reverse();
}

/** With nothing to wait for, the hub is asked now and then only, for what was requested elsewhere. */
export const IDLE_LOOK_MS = 60 * 60_000;

export function isLookDue({ mine, asked }: RequestsState, now: number): boolean {
  const waits = mine.some(({ state }) => state === 'open');
  return waits || asked === null || now - asked >= IDLE_LOOK_MS || now < asked;
}

/** Newest first, what is not at the hub before the rest. */
export function ownRequests({ kept, mine, problem }: RequestsState): OwnRequest[] {
  return [...kept.map((one) => ofKept(one, problem)), ...mine.map(ofHub)];
}

export function ofKept(request: KeptRequest, problem: Problem | null): OwnRequest {
  const { id, host, subject, reason, at, refused } = request;
  return {
    ...{ id, host, at },
    subject: subject ?? null,
    reason: reason ?? null,
    state: refused === undefined ? 'kept' : 'refused',
    decided: null,
    problem: refused ?? problem,
  };
}

export function ofHub({ id, host, subject, reason, at, state, decided }: AccessRequest): OwnRequest {
  return {
    ...{ id, host, state },
    subject: subject ?? null,
    reason: reason ?? null,
    at: millis(at) ?? 0,
    decided:
      decided === undefined
        ? null
        : {
            at: millis(decided.at) ?? 0,
            until: millis(decided.until),
            teams: decided.teams ?? null,
            use: decided.use ?? null,
            reason: decided.reason ?? null,
          },
    problem: null,
  };
}

function isDecided({ state }: AccessRequest): boolean {
  return state === 'allowed' || state === 'mirror' || state === 'declined';
}

function withMine(state: RequestsState, request: AccessRequest): RequestsState {
  const others = state.mine.filter(({ id }) => id !== request.id);
  return changed({ ...state, mine: [request, ...others].slice(0, MAX_REMEMBERED) });
}

/** The hub knows requests, whatever it says of this one. */
export function answered(state: RequestsState): RequestsState {
  return { ...state, problem: null, unknownToServer: false, failures: 0 };
}

function changed(state: RequestsState): RequestsState {
  return { ...state, version: state.version + 1 };
}

function same(a: readonly AccessRequest[], b: readonly AccessRequest[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** RFC 3339 as milliseconds since 1970. */
function millis(time: string | undefined): number | null {
  const at = Date.parse(time ?? '');
  return Number.isFinite(at) && at >= 0 ? at : null;
}
