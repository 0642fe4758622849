import { beforeEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import {
  type AgentSupervisor,
  createAgentSupervisor,
  type SupervisedAgent,
} from '../../../main/shell/agent-supervisor.ts';
import type { AgentView } from '../../../main/shell/agent-view.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { createFakeAgent, type FakeAgent } from '../../support/fake-agent.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { inputsFor, snapshotOf } from '../../support/snapshots.ts';

interface Started extends FakeAgent {
  stopped: boolean;
  looks: number;
}

let clock = manualClock();
let agents: Started[];
let views: AgentView[];
let refuse: Error | null;
let supervisor: AgentSupervisor;

/** Promises that are settled by now have told whoever waits. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const pass = async (ms: number): Promise<void> => {
  await settled();
  clock.advance(ms);
  await settled();
};

beforeEach(() => {
  clock = manualClock();
  agents = [];
  views = [];
  refuse = null;
  supervisor = createAgentSupervisor({
    clock,
    log: silentLogger(),
    startAgent: async (): Promise<SupervisedAgent> => {
      if (refuse !== null) throw refuse;
      const started: Started = Object.assign(createFakeAgent(), { stopped: false, looks: 0 });
      agents.push(started);
      return {
        ...started,
        lookAgain: () => {
          started.looks += 1;
        },
        stop: async () => {
          started.stopped = true;
        },
      };
    },
  });
  supervisor.onView((view) => views.push(view));
});

describe('the agent that is kept', () => {
  it('is shown as starting until it runs, then by each of its snapshots', async () => {
    expect(supervisor.view()).toEqual({ kind: 'starting' });
    supervisor.start();
    await settled();
    const locked = snapshotOf(inputsFor.locked);
    agents[0]?.play(locked);
    expect(views.map(({ kind }) => kind)).toEqual(['running', 'running']);
    expect(supervisor.view()).toEqual({ kind: 'running', snapshot: locked });
  });

  it('answers the calls of the table, also those of the agent that comes after it', async () => {
    await expect(supervisor.handlers['sync.now']({})).rejects.toMatchObject({ problem: { code: 'agent-starting' } });
    supervisor.start();
    await settled();
    expect(await supervisor.handlers['sync.now']({})).toMatchObject({ outcome: 'unchanged' });
    supervisor.restartAfter(new Error('a bug'));
    await expect(supervisor.handlers['sync.now']({})).rejects.toMatchObject({
      problem: { code: 'agent-fault', cause: 'a bug' },
    });
    await pass(1_000);
    expect(await supervisor.handlers['sync.now']({})).toMatchObject({ outcome: 'unchanged' });
    expect(supervisor.handlers).not.toHaveProperty('panel.open');
  });

  it('is replaced after a fault: the old one is stopped, and what it still says is not heard', async () => {
    supervisor.start();
    await settled();
    supervisor.restartAfter(new Error('a bug'));
    expect(supervisor.view()).toMatchObject({ kind: 'failed', problem: { code: 'agent-fault' } });
    await pass(1_000);
    expect(agents.map(({ stopped }) => stopped)).toEqual([true, false]);
    expect(supervisor.view().kind).toBe('running');
    const seen = views.length;
    agents[0]?.play(snapshotOf(inputsFor['not-enforcing']));
    expect(views).toHaveLength(seen);
  });

  it('is tried again ever more slowly while it cannot start, and says why', async () => {
    refuse = new ProblemError({ code: 'agent-running', message: 'Portcullis is already running for this user.' });
    supervisor.start();
    await settled();
    expect(supervisor.view()).toMatchObject({ kind: 'failed', problem: { code: 'agent-running' } });
    const waits: (number | undefined)[] = [];
    for (let round = 0; round < 8; round += 1) {
      const [wait = 0] = clock.pending();
      waits.push(wait);
      await pass(wait);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    refuse = null;
    await pass(60_000);
    expect(supervisor.view().kind).toBe('running');
  });

  it('that was well for a minute is replaced at once again', async () => {
    supervisor.start();
    await settled();
    supervisor.restartAfter(new Error('a bug'));
    supervisor.restartAfter(new Error('another'));
    expect(clock.pending()).toContain(2_000);
    await pass(2_000);
    await pass(60_000);
    supervisor.restartAfter(new Error('much later'));
    expect(clock.pending()).toContain(1_000);
    expect(clock.pending()).not.toContain(4_000);
  });

  it('hears that the machine woke', async () => {
    supervisor.lookAgain();
    supervisor.start();
    await settled();
    supervisor.lookAgain();
    expect(agents[0]?.looks).toBe(1);
  });

  it('is stopped for good at the end, whatever fails then', async () => {
    supervisor.start();
    await settled();
    await supervisor.stop();
    supervisor.restartAfter(new Error('too late'));
    await pass(120_000);
    expect(agents).toHaveLength(1);
    expect(agents[0]?.stopped).toBe(true);
  });
});
