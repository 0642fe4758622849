import { beforeEach, describe, expect, it } from 'vitest';
import { createReporter, type Reporter, type ReportTarget } from '../../../../main/agent/reporting/reporter.ts';
import type { ReportingFile, StoredReporting } from '../../../../main/agent/reporting/reporting-file.ts';
import type { ReportAnswer } from '../../../../main/agent/reporting/reports-client.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import type { GatewayStatus } from '../../../../shared/schemas/control-schema.ts';
import type { MachineReport } from '../../../../shared/schemas/hub/machines.ts';
import type { ReportingLevel } from '../../../../shared/schemas/reporting.ts';
import { gatewayStatus } from '../../../support/gateway-status.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

const MINUTE = 60_000;

let clock: ManualClock;
let disk: StoredReporting | null;
let level: ReportingLevel;
let status: GatewayStatus;
let up: boolean;
let asked: { aud: string; org: string; nonce: string }[];
let gatewayHosts: { host: string; count: number; blocked: number; firstAt: number; lastAt: number }[] | null;
let taken: MachineReport[];
let hubFails: ProblemError | null;
let answer: ReportAnswer;
let changed: () => void;
let reporter: Reporter;

beforeEach(() => {
  clock = manualClock(Date.UTC(2026, 10, 21, 12));
  disk = null;
  level = 'state';
  status = gatewayStatus;
  up = true;
  asked = [];
  gatewayHosts = [];
  taken = [];
  hubFails = null;
  answer = { state: 'enforcing', missing: [] };
  reporter = newReporter();
});

function newReporter(): Reporter {
  const file: ReportingFile = {
    load: async () => structuredClone(disk),
    async save(stored) {
      disk = structuredClone(stored);
    },
    async clear() {
      disk = null;
    },
  };
  const call = async (method: string, params: unknown): Promise<never> => {
    if (method === 'receipt') {
      asked.push(params as (typeof asked)[number]);
      return { receipt: `receipt.${asked.length}.x` } as never;
    }
    if (method === 'hosts' && gatewayHosts !== null) return { since: 1, hosts: gatewayHosts } as never;
    throw new ProblemError({ code: 'control-failed', message: 'Method not found' });
  };
  return createReporter({
    ...{ file, clock, log: silentLogger(), level: () => level },
    link: {
      state: () => (up ? { kind: 'up', status, connection: 1 } : { kind: 'down', problem: problem('gateway-away') }),
      onChange(listener) {
        changed = listener;
        return () => undefined;
      },
      call,
    },
    unsigned: () => ({ system: 'Debian GNU/Linux 12', agentVersion: '0.1.0', caveats: ['push-and-pull'] }),
  });
}

function target(id = 'hub acme mia'): ReportTarget {
  let nonces = 0;
  return {
    ...{ id, org: 'acme', aud: () => 'https://hub.acme.example', url: 'https://hub.acme.example/v1/…/reports' },
    client: {
      async nonce() {
        if (hubFails !== null) throw hubFails;
        nonces += 1;
        return `nonce ${nonces}`;
      },
      async report(body) {
        if (hubFails !== null) throw hubFails;
        taken.push(structuredClone(body));
        return answer;
      },
    },
  };
}

/** Until nothing is under way. */
async function idle(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) await new Promise(setImmediate);
}

async function synced(): Promise<void> {
  reporter.report();
  await idle();
}

describe('a report', () => {
  it('carries a fresh receipt for the hub’s nonce, and what the agent adds', async () => {
    reporter.setTarget(target());
    await synced();
    expect(asked).toEqual([{ aud: 'https://hub.acme.example', org: 'acme', nonce: 'nonce 1' }]);
    expect(taken).toEqual([
      {
        receipt: 'receipt.1.x',
        unsigned: { system: 'Debian GNU/Linux 12', agentVersion: '0.1.0', caveats: ['push-and-pull'] },
      },
    ]);
    expect(reporter.state()).toEqual({ last: { at: clock.wall(), ...answer }, problem: null });
  });

  it('is shown as the very bytes that were sent, after a restart too, and is gone with the account', async () => {
    reporter.setTarget(target());
    await synced();
    const sent = reporter.lastSent();
    expect(sent?.body).toBe(JSON.stringify(taken[0]));
    const again = newReporter();
    again.setTarget(target());
    await idle();
    expect(again.lastSent()).toEqual(sent);
    again.setTarget(target('hub acme gus'));
    await idle();
    expect(again.lastSent()).toBeNull();
    expect(disk).toBeNull();
    await synced();
    reporter.forget();
    await idle();
    expect(reporter.lastSent()).toBeNull();
    expect(disk).toBeNull();
  });

  it('is not made while nothing is to be reported, nobody is signed in, or the gateway is away', async () => {
    await synced();
    level = 'off';
    reporter.setTarget(target());
    await synced();
    level = 'state';
    up = false;
    await synced();
    expect(asked).toEqual([]);
    expect(taken).toEqual([]);
    expect(reporter.state().problem).toBeNull();
  });

  it('follows as soon as the gateway answers, where a sync was over before that', async () => {
    reporter.setTarget(target());
    up = false;
    await synced();
    expect(taken).toEqual([]);
    up = true;
    changed();
    await idle();
    expect(taken).toHaveLength(1);
    changed();
    clock.advance(5 * MINUTE);
    changed();
    await idle();
    expect(taken).toHaveLength(1);
  });

  it('is not made of an earlier gateway, which signs none, and says so', async () => {
    status = { ...gatewayStatus, identity: null };
    reporter.setTarget(target());
    await synced();
    expect(taken).toEqual([]);
    expect(reporter.state().problem).toMatchObject({ code: 'receipt-no-identity' });
  });

  it('that cannot be sent is dropped: what is sent after hours offline is one', async () => {
    reporter.setTarget(target());
    hubFails = new ProblemError({ code: 'server-unreachable', message: 'Away.' });
    for (let sync = 0; sync < 20; sync += 1) {
      await synced();
      clock.advance(15 * MINUTE);
      await idle();
    }
    expect(reporter.state()).toMatchObject({ last: null, problem: { code: 'server-unreachable' } });
    hubFails = null;
    await synced();
    await idle();
    expect(taken).toHaveLength(1);
    expect(reporter.state().problem).toBeNull();
    expect(clock.pending().length).toBeLessThanOrEqual(1);
  });

  it('is not asked of a hub that does not know reports, for a day', async () => {
    reporter.setTarget(target());
    hubFails = new ProblemError({ code: 'server-not-found', message: 'No such page.' });
    await synced();
    expect(reporter.state().problem).toMatchObject({ code: 'reports-unknown-to-server' });
    hubFails = null;
    for (let sync = 0; sync < 90; sync += 1) {
      clock.advance(15 * MINUTE);
      await synced();
    }
    expect(taken).toEqual([]);
    clock.advance(2 * 3_600_000);
    await synced();
    expect(taken).toHaveLength(1);
  });

  it('follows at once when what is in force changes, and not more often than once a minute', async () => {
    reporter.setTarget(target());
    await synced();
    clock.advance(5 * MINUTE);
    for (let generation = 10; generation < 30; generation += 1) {
      status = { ...gatewayStatus, generation, inForce: { kind: 'policy', org: 'acme', revision: generation } };
      changed();
      await idle();
    }
    expect(taken).toHaveLength(2);
    clock.advance(MINUTE);
    await idle();
    expect(taken).toHaveLength(3);
    changed();
    clock.advance(5 * MINUTE);
    await idle();
    expect(taken).toHaveLength(3);
  });

  it('is followed by another after ten minutes where the machine does not enforce', async () => {
    answer = { state: 'not-enforcing', missing: [problem('attachment-wall-gone')] };
    reporter.setTarget(target());
    await synced();
    expect(reporter.state().last?.missing).toHaveLength(1);
    clock.advance(10 * MINUTE);
    await idle();
    expect(taken).toHaveLength(2);
    answer = { state: 'enforcing', missing: [] };
    clock.advance(10 * MINUTE);
    await idle();
    clock.advance(60 * MINUTE);
    await idle();
    expect(taken).toHaveLength(3);
  });

  it('is not sent for somebody who has signed out meanwhile', async () => {
    const of = target();
    reporter.setTarget({
      ...of,
      client: {
        ...of.client,
        async nonce(signal) {
          reporter.forget();
          return of.client.nonce(signal);
        },
      },
    });
    await synced();
    expect(taken).toEqual([]);
    expect(disk).toBeNull();
  });
});

describe('the hosts in a report', () => {
  it('are there only where the administrator wants them, and each time only what is new', async () => {
    const at = Date.UTC(2026, 10, 21, 11);
    gatewayHosts = [{ host: 'gcr.io', count: 3, blocked: 3, firstAt: at, lastAt: at }];
    reporter.setTarget(target());
    await synced();
    expect(taken[0]?.unsigned).not.toHaveProperty('hosts');
    level = 'hosts';
    clock.advance(MINUTE);
    await synced();
    const time = new Date(at).toISOString();
    expect(taken[1]?.unsigned.hosts).toEqual([{ host: 'gcr.io', count: 3, blocked: 3, firstAt: time, lastAt: time }]);
    clock.advance(MINUTE);
    await synced();
    expect(taken[2]?.unsigned.hosts).toEqual([]);
  });

  it('stay to be reported where the hub did not take them', async () => {
    level = 'hosts';
    gatewayHosts = [{ host: 'gcr.io', count: 3, blocked: 0, firstAt: 1, lastAt: 2 }];
    reporter.setTarget(target());
    hubFails = new ProblemError({ code: 'server-failed', message: 'Failed.' });
    await synced();
    hubFails = null;
    clock.advance(MINUTE);
    await synced();
    expect(taken[0]?.unsigned.hosts).toHaveLength(1);
  });

  it('are left out where the gateway is of an earlier version', async () => {
    level = 'hosts';
    gatewayHosts = null;
    reporter.setTarget(target());
    await synced();
    expect(taken).toHaveLength(1);
    expect(taken[0]?.unsigned).not.toHaveProperty('hosts');
  });
});
