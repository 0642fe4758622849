import { beforeEach, describe, expect, it } from 'vitest';
import {
  createRequestDesk,
  type RequestDesk,
  type RequestsTarget,
} from '../../../../main/agent/requests/request-desk.ts';
import { RequestRefused } from '../../../../main/agent/requests/requests-client.ts';
import type { RequestsFile, StoredRequests } from '../../../../main/agent/requests/requests-file.ts';
import { MAX_KEPT, ownRequests } from '../../../../main/agent/requests/requests-state.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import type { OwnRequest } from '../../../../shared/schemas/own-request.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';
import { away, type PlayedRequests, playRequests } from '../../../support/played-requests.ts';

const MINUTE = 60_000;

let clock: ManualClock;
let hub: PlayedRequests;
let disk: StoredRequests | null;
let diskFails: Error | null;
let desk: RequestDesk;
let news: OwnRequest[];
let ids: number;

beforeEach(() => {
  clock = manualClock(Date.UTC(2026, 10, 21, 12));
  hub = playRequests(clock.wall);
  disk = null;
  diskFails = null;
  ids = 0;
  desk = newDesk();
});

function newDesk(): RequestDesk {
  const file: RequestsFile = {
    load: async () => structuredClone(disk),
    async save(requests) {
      if (diskFails !== null) throw diskFails;
      disk = structuredClone(requests);
    },
    async clear() {
      disk = null;
    },
  };
  const made = createRequestDesk({
    ...{ file, clock, random: () => 1, log: silentLogger() },
    randomId: () => {
      ids += 1;
      return String(ids);
    },
  });
  news = [];
  made.onNews((request) => news.push(request));
  return made;
}

const mia = (client = hub): RequestsTarget => ({ id: 'hub acme mia', org: 'acme', sub: 'mia', client });
const gus = (client: PlayedRequests): RequestsTarget => ({ id: 'hub globex gus', org: 'globex', sub: 'gus', client });

/** Until nothing is under way. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
}

const shown = (): string[] => ownRequests(desk.state()).map(({ host, state }) => `${host} ${state}`);

async function problemOf(work: Promise<unknown>): Promise<string> {
  const outcome = await work.catch((error: unknown) => error);
  if (outcome instanceof ProblemError) return outcome.problem.code;
  throw new Error(`no problem: ${JSON.stringify(outcome)}`);
}

describe('a request', () => {
  it('is at the hub when it is answered', async () => {
    desk.setTarget(mia());
    const request = await desk.create({ host: 'gcr.io', subject: 'gcr.io/acme/app', reason: 'the new build' });
    expect(request).toMatchObject({
      host: 'gcr.io',
      subject: 'gcr.io/acme/app',
      reason: 'the new build',
      state: 'open',
    });
    expect(shown()).toEqual(['gcr.io open']);
    await idle();
    expect(disk).toMatchObject({ target: 'hub acme mia', kept: [], mine: [{ host: 'gcr.io' }] });
  });

  it('that the hub does not take is not kept, and whoever made it is told why', async () => {
    desk.setTarget(mia());
    hub.refusals.set('gcr.io', new RequestRefused({ code: 'some-refusal', message: 'No.' }, false));
    expect(await problemOf(desk.create({ host: 'gcr.io' }))).toBe('some-refusal');
    expect(shown()).toEqual([]);
    expect(news).toEqual([]);
    await idle();
    expect(disk?.kept).toEqual([]);
  });

  it('beyond what a person may send is not kept either', async () => {
    desk.setTarget(mia());
    hub.refusals.set('gcr.io', new RequestRefused({ code: 'too-many', message: 'No.' }, true));
    expect(await problemOf(desk.create({ host: 'gcr.io' }))).toBe('too-many');
    expect(shown()).toEqual([]);
  });

  it('that cannot be written down is not made', async () => {
    desk.setTarget(mia());
    diskFails = new ProblemError({ code: 'cannot-write', message: 'The disk is full.' });
    expect(await problemOf(desk.create({ host: 'gcr.io' }))).toBe('cannot-write');
    expect(hub.calls).toEqual([]);
    expect(shown()).toEqual([]);
  });

  it('needs somebody who makes it', async () => {
    expect(await problemOf(desk.create({ host: 'gcr.io' }))).toBe('request-needs-sign-in');
    expect(await problemOf(desk.withdraw('r1'))).toBe('request-needs-sign-in');
  });

  it('to a hub that has no requests says so, and is not kept', async () => {
    desk.setTarget(mia());
    hub.failure = new ProblemError({ code: 'server-not-found', message: 'Not found.' });
    expect(await problemOf(desk.create({ host: 'gcr.io' }))).toBe('requests-unknown-to-server');
    expect(desk.state()).toMatchObject({ kept: [], unknownToServer: true });
    hub.failure = null;
    await desk.create({ host: 'gcr.io' });
    expect(desk.state().unknownToServer).toBe(false);
  });
});

describe('while the hub is away', () => {
  beforeEach(() => {
    desk.setTarget(mia());
    hub.failure = away;
  });

  it('a request is kept on disk, says so, and is sent once the hub is back', async () => {
    const request = await desk.create({ host: 'gcr.io', reason: 'a build' });
    expect(request).toMatchObject({ state: 'kept', problem: { code: 'server-unreachable' } });
    expect(disk?.kept).toMatchObject([{ host: 'gcr.io', reason: 'a build' }]);
    hub.failure = null;
    desk.look();
    await idle();
    expect(shown()).toEqual(['gcr.io open']);
    expect(disk?.kept).toEqual([]);
  });

  it('tries again ever more seldom, up to every quarter of an hour', async () => {
    await desk.create({ host: 'gcr.io' });
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      const [next = 0] = clock.pending();
      waits.push(next / 1_000);
      clock.advance(next);
      await idle();
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 900, 900]);
    expect(hub.calls).toHaveLength(8);
  });

  it('nothing is tried where nothing is kept', async () => {
    desk.look();
    await idle();
    expect(clock.pending()).toEqual([]);
  });

  it('a request outlives the agent', async () => {
    await desk.create({ host: 'gcr.io' });
    await desk.stop();
    desk = newDesk();
    hub.failure = null;
    desk.setTarget(mia());
    desk.look();
    await idle();
    expect(shown()).toEqual(['gcr.io open']);
  });

  it('no more are kept than may be open, and another one for the same host replaces the first', async () => {
    for (let index = 0; index < MAX_KEPT; index += 1) await desk.create({ host: `r${index}.example` });
    expect(await problemOf(desk.create({ host: 'gcr.io' }))).toBe('requests-kept-full');
    await desk.create({ host: 'r3.example', reason: 'again' });
    expect(disk?.kept).toHaveLength(MAX_KEPT);
  });

  it('a kept one can be withdrawn, and is never sent', async () => {
    const { id } = await desk.create({ host: 'gcr.io' });
    await desk.withdraw(id);
    hub.failure = null;
    desk.look();
    await idle();
    expect(hub.calls.filter((call) => call === 'create gcr.io')).toHaveLength(1);
    expect(hub.items).toEqual([]);
    expect(disk?.kept).toEqual([]);
  });

  it('what is asked again while others are sent is sent once, as it was asked last', async () => {
    await desk.create({ host: 'quay.io' });
    await desk.create({ host: 'gcr.io', reason: 'old' });
    const { promise, resolve } = Promise.withResolvers<void>();
    Object.assign(hub, { failure: null, gate: promise, calls: [] });
    desk.look();
    await idle();
    expect(hub.calls).toEqual(['create quay.io']);
    const again = desk.create({ host: 'gcr.io', reason: 'new' });
    await idle();
    resolve();
    expect(await again).toMatchObject({ state: 'open', reason: 'new' });
    expect(hub.calls.filter((call) => call === 'create gcr.io')).toHaveLength(1);
  });

  it('one that the hub refuses later is not sent again, stays in sight, and is told', async () => {
    const { id } = await desk.create({ host: 'gcr.io' });
    hub.failure = null;
    hub.refusals.set('gcr.io', new RequestRefused({ code: 'some-refusal', message: 'No.' }, false));
    desk.look();
    await idle();
    desk.look();
    await idle();
    expect(shown()).toEqual(['gcr.io refused']);
    expect(news).toMatchObject([{ host: 'gcr.io', state: 'refused', problem: { code: 'some-refusal' } }]);
    expect(hub.calls.filter((call) => call === 'create gcr.io')).toHaveLength(2);
    await desk.withdraw(id);
    expect(shown()).toEqual([]);
  });

  it('one for which the hub has too many open stays kept', async () => {
    await desk.create({ host: 'gcr.io' });
    hub.failure = null;
    hub.refusals.set('gcr.io', new RequestRefused({ code: 'too-many', message: 'No.' }, true));
    desk.look();
    await idle();
    expect(shown()).toEqual(['gcr.io kept']);
    hub.refusals.clear();
    desk.look();
    await idle();
    expect(shown()).toEqual(['gcr.io open']);
  });

  it('whoever asks does not wait for a hub that says nothing', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    hub.failure = null;
    hub.gate = promise;
    const made = desk.create({ host: 'gcr.io' });
    await idle();
    clock.advance(12_000);
    const request = await made;
    expect(request.state).toBe('kept');
    const withdrawal = desk.withdraw(request.id);
    resolve();
    await withdrawal;
    // It was on its way: what arrived is taken back.
    expect(hub.items).toMatchObject([{ host: 'gcr.io', state: 'withdrawn' }]);
    expect(shown()).toEqual(['gcr.io withdrawn']);
  });
});

describe('belongs to one person', () => {
  it('and is gone with the sign-out, also from the disk', async () => {
    desk.setTarget(mia());
    hub.failure = away;
    await desk.create({ host: 'gcr.io', reason: 'secret project' });
    desk.forget();
    await idle();
    expect(disk).toBeNull();
    hub.failure = null;
    clock.advance(60 * MINUTE);
    desk.setTarget(mia());
    desk.look();
    await idle();
    expect(hub.items).toEqual([]);
    expect(shown()).toEqual([]);
  });

  it('and is never sent, shown or kept for another one', async () => {
    desk.setTarget(mia());
    hub.failure = away;
    await desk.create({ host: 'gcr.io', reason: 'secret project' });
    const other = playRequests(clock.wall);
    desk.setTarget(gus(other));
    desk.look();
    await idle();
    expect(other.calls).toEqual(['mine']);
    expect(shown()).toEqual([]);
    expect(JSON.stringify(disk)).not.toContain('secret project');
  });

  it('also where the other one signs in while it is being sent', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    desk.setTarget(mia());
    hub.gate = promise;
    const made = problemOf(desk.create({ host: 'gcr.io', reason: 'secret project' }));
    await idle();
    const other = playRequests(clock.wall);
    desk.setTarget(gus(other));
    resolve();
    expect(await made).toBe('request-needs-sign-in');
    desk.look();
    await idle();
    expect(other.items).toEqual([]);
    expect(shown()).toEqual([]);
    expect(JSON.stringify(disk)).not.toContain('secret project');
  });

  it.each([false, true])(
    'also where somebody signs out while it is being sent; a late answer changes nothing: %s',
    async (late) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      desk.setTarget(mia());
      Object.assign(hub, { gate: promise, late });
      const made = problemOf(desk.create({ host: 'gcr.io', reason: 'secret project' }));
      await idle();
      desk.forget();
      resolve();
      expect(await made).toBe('request-needs-sign-in');
      await idle();
      expect(disk).toBeNull();
      expect(shown()).toEqual([]);
    },
  );

  it('and is deleted as soon as another one signs in, who may never request anything', async () => {
    desk.setTarget(mia());
    hub.failure = away;
    await desk.create({ host: 'gcr.io', reason: 'secret project' });
    desk.setTarget(gus(playRequests(clock.wall)));
    await idle();
    expect(disk).toBeNull();
  });

  it('and is not sent to another server or for another organization of the same person', async () => {
    desk.setTarget(mia());
    hub.failure = away;
    await desk.create({ host: 'gcr.io' });
    const other = playRequests(clock.wall);
    desk.setTarget({ ...mia(other), id: 'hub globex mia', org: 'globex' });
    desk.look();
    await idle();
    expect(other.calls).toEqual(['mine']);
    expect(shown()).toEqual([]);
  });

  it('but stays while nobody can be asked who it is', async () => {
    desk.setTarget(mia());
    hub.failure = away;
    await desk.create({ host: 'gcr.io' });
    desk.setTarget(null);
    expect(shown()).toEqual([]);
    hub.failure = null;
    desk.setTarget(mia());
    desk.look();
    await idle();
    expect(shown()).toEqual(['gcr.io open']);
  });
});

describe('a decision', () => {
  it('is told once, with what was decided', async () => {
    desk.setTarget(mia());
    await desk.create({ host: 'gcr.io' });
    await desk.create({ host: 'quay.io' });
    hub.decide('gcr.io', 'allowed', { at: '', until: '2026-11-27T18:00:00+01:00' });
    desk.look();
    await idle();
    desk.look();
    await idle();
    expect(news).toMatchObject([
      { host: 'gcr.io', state: 'allowed', decided: { until: Date.UTC(2026, 10, 27, 17), teams: null } },
    ]);
    expect(shown()).toEqual(['quay.io open', 'gcr.io allowed']);
  });

  it('made while no agent ran is told at the next start', async () => {
    desk.setTarget(mia());
    await desk.create({ host: 'gcr.io' });
    await idle();
    await desk.stop();
    hub.decide('gcr.io', 'mirror', { at: '', use: 'mirror.acme.example/gcr' });
    desk = newDesk();
    desk.setTarget(mia());
    desk.look();
    await idle();
    expect(news).toMatchObject([{ host: 'gcr.io', state: 'mirror', decided: { use: 'mirror.acme.example/gcr' } }]);
  });

  it('of one’s own, a withdrawal, is no news', async () => {
    desk.setTarget(mia());
    const { id } = await desk.create({ host: 'gcr.io' });
    await desk.withdraw(id);
    desk.look();
    await idle();
    expect(shown()).toEqual(['gcr.io withdrawn']);
    expect(news).toEqual([]);
  });

  it('that came first wins over a withdrawal, which is told so', async () => {
    desk.setTarget(mia());
    const { id } = await desk.create({ host: 'gcr.io' });
    hub.decide('gcr.io', 'declined', { at: '', reason: 'Use the mirror.' });
    expect(await problemOf(desk.withdraw(id))).toBe('request-gone');
    await idle();
    expect(news).toMatchObject([{ host: 'gcr.io', state: 'declined', decided: { reason: 'Use the mirror.' } }]);
    expect(await problemOf(desk.withdraw(id))).toBe('request-not-open');
  });

  it('is asked for at every sync while something is open, and else once an hour', async () => {
    desk.setTarget(mia());
    await desk.create({ host: 'gcr.io' });
    for (let sync = 0; sync < 3; sync += 1) {
      desk.look();
      await idle();
    }
    expect(hub.calls.filter((call) => call === 'mine')).toHaveLength(4);
    hub.decide('gcr.io', 'allowed');
    for (let sync = 0; sync < 5; sync += 1) {
      desk.look();
      await idle();
      clock.advance(15 * MINUTE);
    }
    expect(hub.calls.filter((call) => call === 'mine')).toHaveLength(6);
  });
});

it('a hub that was of before and is now away loses no request', async () => {
  desk.setTarget(mia());
  hub.failure = new ProblemError({ code: 'server-not-found', message: 'Not found.' });
  expect(await problemOf(desk.create({ host: 'gcr.io' }))).toBe('requests-unknown-to-server');
  hub.failure = away;
  expect(await desk.create({ host: 'gcr.io' })).toMatchObject({ state: 'kept' });
  hub.failure = null;
  hub.refusals.set('quay.io', new RequestRefused({ code: 'some-refusal', message: 'No.' }, false));
  expect(await problemOf(desk.create({ host: 'quay.io' }))).toBe('some-refusal');
  expect(desk.state().unknownToServer).toBe(false);
});
