import { duplexPair } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGatewayLink, type GatewayLink, linkAfterLoss } from '../../../../main/agent/enforcement/gateway-link.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { type RpcConnection, serveRpc } from '../../../../main/platform/net/json-rpc.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import {
  CONTROL_PROTOCOL,
  controlMethods,
  type Denial,
  type GatewayStatus,
  MAX_CONTROL_LINE,
} from '../../../../shared/schemas/control-schema.ts';
import { gatewayStatus } from '../../../support/gateway-status.ts';
import { type ManualClock, manualClock } from '../../../support/manual-clock.ts';

/** The other end of the socket, by the protocol that is really spoken. */
const earlier: Denial & { first: number } = {
  ...{ host: 'quay.io', view: 'engine', wall: 'dns', reason: 'not-in-policy', refused: true, count: 3 },
  ...{ first: 1, at: 2 },
};
let clock: ManualClock;
let status: GatewayStatus;
let runs: boolean;
let hangs: boolean;
let compiles: boolean;
let connections: { connection: RpcConnection; cut(): void }[];
let link: GatewayLink;

beforeEach(() => {
  clock = manualClock();
  status = gatewayStatus;
  runs = true;
  hangs = false;
  compiles = false;
  connections = [];
  link = createGatewayLink({
    clock,
    random: () => 0.5,
    log: silentLogger(),
    connect: async () => {
      if (!runs) throw new Error('connect ECONNREFUSED');
      const [ours, theirs] = duplexPair();
      const answer = async <T>(result: T): Promise<T> => (hangs ? new Promise<never>(() => undefined) : result);
      const connection = serveRpc(
        theirs,
        controlMethods,
        {
          status: () => answer(status),
          subscribe: () => answer({ generation: status.generation }),
          program: () => {
            if (compiles) return new Promise<never>(() => undefined);
            throw new ProblemError({ code: 'policy-rollback', message: 'Older.' });
          },
          lock: async ({ reason }) => {
            status = { ...status, generation: status.generation + 1, lock: { reason, at: 1 } };
            return answer({ generation: status.generation });
          },
          release: () => answer({ generation: status.generation }),
          denials: () => answer({ since: 0, hosts: [earlier], counts: [] }),
          receipt: () => answer({ receipt: 'a.b.c' }),
          hosts: () => answer({ since: 0, hosts: [] }),
          explain: () => answer({ allowed: true, reason: 'baseline' as const, generation: status.generation }),
        },
        { maxLine: MAX_CONTROL_LINE },
      );
      connections.push({
        connection,
        cut: () => {
          theirs.destroy();
          ours.destroy();
        },
      });
      return ours;
    },
  });
});
afterEach(() => link.stop());

async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
}

/** Time goes by in steps in which messages are passed on. */
async function passed(ms: number): Promise<void> {
  for (let gone = 0; gone < ms; gone += 250) {
    clock.advance(250);
    await turns();
  }
}

async function connected(): Promise<void> {
  link.start();
  await turns();
  expect(link.state()).toEqual({ kind: 'up', status, connection: 1 });
}

describe('the link to the gateway', () => {
  it('knows what is in force as soon as it is up, and follows it', async () => {
    await connected();
    status = { ...status, generation: 10 };
    connections[0]?.connection.notify('generation', { generation: 10, inForce: status.inForce });
    await turns();
    expect(link.state()).toMatchObject({ status: { generation: 10 } });
  });

  it('says at once that the gateway is gone, and finds it when it is back, as another connection', async () => {
    await connected();
    runs = false;
    connections[0]?.cut();
    await turns();
    expect(link.state()).toMatchObject({ kind: 'down', problem: { code: 'gateway-away' } });
    await expect(link.call('explain', { host: 'gcr.io', view: 'engine' })).rejects.toMatchObject({
      problem: { code: 'gateway-away' },
    });
    runs = true;
    clock.advance(5_000);
    await turns();
    expect(link.state()).toMatchObject({ kind: 'up', connection: 2 });
  });

  it('takes a gateway of a neighbouring protocol, and relies on nothing that one further away says', async () => {
    for (const protocol of [CONTROL_PROTOCOL - 1, CONTROL_PROTOCOL + 1]) {
      status = { ...gatewayStatus, protocol };
      link.start();
      await turns();
      expect(link.state()).toMatchObject({ kind: 'up' });
    }
    status = { ...gatewayStatus, protocol: CONTROL_PROTOCOL + 2 };
    connections.at(-1)?.cut();
    await passed(10_000);
    expect(link.state()).toMatchObject({ kind: 'down', problem: { code: 'gateway-not-understood' } });
  });

  it('says that it does not understand an answer, and not that nobody answers', async () => {
    status = {
      ...gatewayStatus,
      inForce: { kind: 'deny', reason: 'new-reason', organizations: [], detail: '' } as never,
    };
    link.start();
    await passed(10_000);
    expect(link.state()).toMatchObject({ kind: 'down', problem: { code: 'gateway-not-understood' } });
  });

  it('passes on once what was refused before it came, and not again when the connection was lost', async () => {
    const told: Denial[] = [];
    link.onDenial((denial) => told.push(denial));
    await connected();
    expect(told).toEqual([earlier]);
    connections[0]?.cut();
    await turns();
    clock.advance(5_000);
    await turns();
    expect(link.state()).toMatchObject({ kind: 'up', connection: 2 });
    expect(told).toHaveLength(1);
  });

  it('tries at least every five seconds, however long it takes', async () => {
    runs = false;
    link.start();
    for (let minute = 0; minute < 120; minute += 1) {
      await turns();
      expect(Math.min(...clock.pending())).toBeLessThanOrEqual(5_000);
      clock.advance(5_000);
    }
  });

  it('does not call a gateway gone that is only starting', async () => {
    runs = false;
    link.start();
    await turns();
    expect(link.state()).toEqual({ kind: 'connecting' });
    for (let attempt = 0; attempt < 6; attempt += 1) {
      clock.advance(2_000);
      await turns();
    }
    expect(link.state().kind).toBe('down');
  });

  it('notices a gateway that holds the connection and says nothing', async () => {
    await connected();
    hangs = true;
    await passed(2_750);
    expect(link.state().kind).toBe('up');
    await passed(250);
    expect(link.state()).toMatchObject({
      kind: 'down',
      problem: { code: 'gateway-away', cause: 'no answer within 2 s' },
    });
  });

  it('notices one that was hanging when the agent came, within the same three seconds', async () => {
    hangs = true;
    link.start();
    await passed(3_000);
    expect(link.state()).toMatchObject({ kind: 'down', problem: { cause: 'no answer within 2 s' } });
  });

  it('sets no timer that would wake the process between two questions that are answered at once', async () => {
    await connected();
    const waits: number[] = [];
    const { after } = clock;
    clock.after = (ms, task) => {
      waits.push(ms);
      return after(ms, task);
    };
    await passed(5_000);
    // Node leaves the system's timer as it is when one of its own is cancelled.
    expect(Math.min(...waits)).toBe(800);
  });

  it('does not take a pause of its own for silence', async () => {
    await connected();
    // A question is under way, and its answer is heard only after the timers that have become due.
    clock.advance(800);
    clock.stall(60_000);
    await turns();
    await passed(3_000);
    expect(link.state()).toMatchObject({ kind: 'up', connection: 1 });
  });

  it('hears of a change that was not announced, and asks for all of it every ten seconds', async () => {
    await connected();
    status = { ...status, generation: 11 };
    await passed(1_000);
    expect(link.state()).toMatchObject({ status: { generation: 11 } });
    status = { ...status, upstreams: [], version: '9.9.9' };
    await passed(8_000);
    expect(link.state()).not.toMatchObject({ status: { version: '9.9.9' } });
    await passed(3_000);
    expect(link.state()).toMatchObject({ status: { version: '9.9.9' } });
  });

  it('has patience with a gateway that is compiling a policy', async () => {
    await connected();
    hangs = true;
    compiles = true;
    const programmed = link
      .call('program', { policyFile: '/p', membershipFile: null })
      .catch((error: unknown) => error);
    await passed(10_000);
    expect(link.state().kind).toBe('up');
    await passed(10_000);
    expect(link.state().kind).toBe('down');
    expect(await programmed).toMatchObject({ problem: { code: 'control-closed' } });
  });

  it('says of a call that is not answered that the gateway is away', async () => {
    await connected();
    hangs = true;
    const locked = link.call('lock', { reason: 'sign-in-required' }).catch((error: unknown) => error);
    await passed(6_000);
    expect(await locked).toBeInstanceOf(ProblemError);
  });

  it('shows what a call did before the call is over, and why one was refused', async () => {
    await connected();
    await link.call('lock', { reason: 'sign-in-required' });
    expect(link.state()).toMatchObject({ status: { lock: { reason: 'sign-in-required' } } });
    const refused = link.call('program', { policyFile: '/p', membershipFile: null });
    await expect(refused).rejects.toMatchObject({ problem: { code: 'policy-rollback' } });
    expect(link.state().kind).toBe('up');
  });

  it('passes on what the gateway tells, and nothing that is not of the contract', async () => {
    await connected();
    const told: unknown[] = [];
    link.onProbe((sighting) => told.push(sighting));
    const sighting = { nonce: 'a'.repeat(32), wall: 'dns', view: 'engine', generation: 9, at: 1 };
    connections[0]?.connection.notify('probe', { ...sighting, wall: 'roof' });
    connections[0]?.connection.notify('probe', sighting);
    await turns();
    expect(told).toEqual([sighting]);
  });
});

it('the same cause of a loss is no news, and the first seconds of a start are none', () => {
  const lost = (cause: string) => ({ code: 'gateway-away', message: 'Away.', cause });
  const connecting = { kind: 'connecting' } as const;
  expect(linkAfterLoss(connecting, lost('ENOENT'), 4_999)).toBe(connecting);
  const down = linkAfterLoss(connecting, lost('ENOENT'), 5_000);
  expect(down).toEqual({ kind: 'down', problem: lost('ENOENT') });
  expect(linkAfterLoss(down, lost('ENOENT'), 9_000)).toBe(down);
  expect(linkAfterLoss(down, lost('EACCES'), 9_000)).toEqual({ kind: 'down', problem: lost('EACCES') });
  const up = { kind: 'up', status: gatewayStatus, connection: 1 } as const;
  expect(linkAfterLoss(up, lost('closed'), 0).kind).toBe('down');
  expect(linkAfterLoss(connecting, lost('silent'), 2_000, true).kind).toBe('down');
});
