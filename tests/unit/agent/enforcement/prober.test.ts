import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { LinkState } from '../../../../main/agent/enforcement/gateway-link.ts';
import { createProber } from '../../../../main/agent/enforcement/prober.ts';
import { isBypassed, isProven, type Proof, type Wall } from '../../../../main/agent/enforcement/proof.ts';
import type { Engine, EngineReport, ProbeAnswer } from '../../../../main/agent/engines/engine.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { DIRECT_PROBE_SUFFIX, PROBE_NONCE } from '../../../../shared/probe-names.ts';
import type { ControlEventData } from '../../../../shared/schemas/control-schema.ts';
import { gatewayStatus } from '../../../support/gateway-status.ts';
import { manualClock } from '../../../support/manual-clock.ts';

type Sighting = ControlEventData<'probe'>;
const denied: ProbeAnswer = { kind: 'denied', detail: 'no such host' };
const running: EngineReport = { kind: 'running', version: null, dns: { inUse: true }, proxy: { inUse: true } };

/** An engine and a gateway between which `path` says what happens to a name. */
function world(options: {
  report?: EngineReport;
  kind?: 'vm' | 'demo';
  /** What the engine answers, and by which wall the gateway saw the name, if it did. */
  path?: (
    wall: Wall,
    attempt: number,
  ) => { answer: ProbeAnswer; seen: Wall | null; generation?: number; view?: 'engine' | 'workload' };
}) {
  const clock = manualClock();
  const hosts: string[] = [];
  const listeners = new Set<(sighting: Sighting) => void>();
  const changes = new Set<() => void>();
  let state: LinkState = { kind: 'up', status: gatewayStatus, connection: 1 };
  const attempts = { dns: 0, proxy: 0 };
  let report = options.report ?? running;
  let engine: Engine = {
    description: { kind: options.kind ?? 'vm', name: 'engine', socket: null },
    inspect: async () => report,
    async probe(host) {
      hosts.push(host);
      const behindProxy = report.kind === 'running' && report.proxy.inUse;
      const wall: Wall = behindProxy && !host.endsWith(DIRECT_PROBE_SUFFIX) ? 'proxy' : 'dns';
      attempts[wall] += 1;
      const happens = options.path?.(wall, attempts[wall]) ?? { answer: denied, seen: wall };
      if (happens.seen !== null) {
        const nonce = host.slice(1, host.indexOf('.'));
        const generation = happens.generation ?? gatewayStatus.generation;
        for (const listener of listeners)
          listener({ nonce, wall: happens.seen, view: happens.view ?? 'engine', generation, at: 0 });
      }
      return happens.answer;
    },
  };
  const prober = createProber({
    engine: () => engine,
    link: {
      state: () => state,
      onChange(listener) {
        changes.add(listener);
        return () => changes.delete(listener);
      },
      onProbe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    clock,
    randomBytes,
    log: silentLogger(),
  });
  return {
    clock,
    hosts,
    prober,
    /** The engine is restarted with other settings. */
    restartEngine(settings: EngineReport) {
      report = settings;
    },
    /** Another engine is to be asked, which answers as this one. */
    otherEngine() {
      engine = { ...engine };
    },
    /** As `change`, before anybody is told. */
    replace(next: LinkState) {
      state = next;
    },
    change(next: LinkState) {
      state = next;
      for (const listener of changes) listener();
    },
    /** Runs one probe to its end, moving the clock past every wait for a sighting that does not come. */
    async probe(how: 'run' | 'check' = 'run'): Promise<Proof> {
      let done = false;
      const result = prober[how]().finally(() => {
        done = true;
      });
      while (!done) {
        await new Promise(setImmediate);
        if (!done && clock.pending().some((wait) => wait <= 2_000)) clock.advance(2_000);
      }
      const proof = await result;
      if (proof === null) throw new Error('no proof');
      return proof;
    },
  };
}

describe('a probe', () => {
  it('says nothing of another engine', async () => {
    const { prober, probe, otherEngine, hosts, change } = world({});
    await probe();
    otherEngine();
    expect(prober.state()).toMatchObject({ last: null, lastProven: null });
    const before = hosts.length;
    change({ kind: 'up', status: gatewayStatus, connection: 1 });
    await expect.poll(() => hosts.length).toBeGreaterThan(before);
    await probe();
    expect(prober.state().lastProven).not.toBeNull();
  });

  it('that the network wall cut off says so, and nothing of this wall', async () => {
    const { probe } = world({
      path: (wall) =>
        wall === 'proxy'
          ? { answer: { kind: 'walled', detail: 'no route to host' }, seen: null }
          : { answer: denied, seen: wall },
    });
    const proof = await probe();
    expect(proof.walls).toMatchObject({
      dns: { kind: 'proven' },
      proxy: { kind: 'inconclusive', problem: { code: 'probe-cut-off', cause: 'no route to host' } },
    });
    expect(isProven(proof)).toBe(false);
  });

  it('proves each wall by a name of its own that nobody has used before', async () => {
    const { prober, probe, hosts } = world({});
    const proof = await probe();
    expect(proof.walls).toEqual({ dns: { kind: 'proven' }, proxy: { kind: 'proven' } });
    expect(isProven(proof)).toBe(true);
    expect(prober.state().lastProven).toBe(proof);
    expect(hosts.filter((host) => host.endsWith(`.${DIRECT_PROBE_SUFFIX}`))).toHaveLength(1);
    for (const host of hosts) expect(host.slice(1, host.indexOf('.'))).toMatch(PROBE_NONCE);
    expect(new Set(hosts).size).toBe(2);
  });

  it('asks DNS by the plain suffix where there is no proxy, and says that the proxy is not in use', async () => {
    const why = { code: 'engine-without-proxy', message: 'None is set.' };
    const report: EngineReport = { ...running, proxy: { inUse: false, why } };
    const { probe, hosts } = world({ report });
    const proof = await probe();
    expect(proof.walls).toEqual({ dns: { kind: 'proven' }, proxy: { kind: 'not-in-use', why } });
    expect(isProven(proof)).toBe(true);
    expect(hosts).toEqual([expect.not.stringContaining(DIRECT_PROBE_SUFFIX)]);
  });

  it('that the engine was answered, but that the gateway never saw, shows a way past the wall', async () => {
    const { prober, probe } = world({ path: (wall) => ({ answer: denied, seen: wall === 'dns' ? null : wall }) });
    const proof = await probe();
    expect(proof.walls.dns).toMatchObject({ kind: 'bypassed', problem: { code: 'probe-not-seen' } });
    expect(isBypassed(proof)).toBe(true);
    expect(prober.state().lastProven).toBeNull();
  });

  it('that was lost once is sent again before anybody is alarmed', async () => {
    const { probe } = world({ path: (wall, attempt) => ({ answer: denied, seen: attempt === 1 ? null : wall }) });
    expect(isProven(await probe())).toBe(true);
  });

  it('that got through shows a way past the wall, seen or not', async () => {
    const passed: ProbeAnswer = { kind: 'passed', detail: '200' };
    const { probe } = world({ path: (wall) => ({ answer: passed, seen: wall }) });
    expect((await probe()).walls.proxy).toMatchObject({ kind: 'bypassed', problem: { code: 'probe-passed' } });
  });

  it('that came by the other wall, or by rules that were replaced, proves nothing', async () => {
    const other = await world({ path: () => ({ answer: denied, seen: 'dns' }) }).probe();
    expect(other.walls).toMatchObject({ dns: { kind: 'proven' }, proxy: { kind: 'inconclusive' } });
    const older = await world({ path: (wall) => ({ answer: denied, seen: wall, generation: 8 }) }).probe();
    expect(older.walls.dns).toMatchObject({ kind: 'inconclusive', problem: { code: 'probe-overtaken' } });
  });

  it('to which the engine gives no answer proves nothing, and takes nothing away', async () => {
    const problem = { code: 'probe-no-answer', message: 'No answer.' };
    let silent = false;
    const { prober, probe } = world({
      path: (wall) =>
        silent ? { answer: { kind: 'no-answer', problem }, seen: null } : { answer: denied, seen: wall },
    });
    const proven = await probe();
    silent = true;
    expect((await probe()).walls.dns).toEqual({ kind: 'inconclusive', problem });
    expect(prober.state().lastProven).toBe(proven);
  });

  it('that somebody asked for and that proves nothing leaves no earlier proof standing', async () => {
    const problem = { code: 'probe-no-answer', message: 'No answer.' };
    let silent = false;
    const { prober, probe } = world({
      path: (wall) =>
        silent ? { answer: { kind: 'no-answer', problem }, seen: null } : { answer: denied, seen: wall },
    });
    const proven = await probe('check');
    expect(prober.state().lastProven).toBe(proven);
    silent = true;
    let told = 0;
    prober.onChange(() => {
      told += 1;
    });
    await probe();
    const before = told;
    expect(prober.state().lastProven).toBe(proven);
    const checked = await probe('check');
    expect(prober.state()).toMatchObject({ last: checked, lastProven: null });
    expect(told).toBe(before + 3);
    silent = false;
    expect(prober.state().lastProven).toBeNull();
    expect(await probe()).toBe(prober.state().lastProven);
  });

  it('finds an engine that was restarted without its proxy, and not one that never had any', async () => {
    const why = { code: 'engine-without-proxy', message: 'None is set.' };
    const without: EngineReport = { ...running, proxy: { inUse: false, why } };
    const { prober, probe, restartEngine } = world({ report: without });
    expect(isProven(await probe())).toBe(true);
    restartEngine(running);
    expect(isProven(await probe())).toBe(true);
    restartEngine(without);
    const { walls } = await probe();
    expect(walls).toMatchObject({
      dns: { kind: 'proven' },
      proxy: { kind: 'inconclusive', problem: { code: 'engine-proxy-gone' } },
    });
    expect(prober.state().lastProven).toBeNull();
    restartEngine(running);
    expect(isProven(await probe())).toBe(true);
  });

  it('without an engine proves nothing', async () => {
    const { probe } = world({ report: { kind: 'stopped', problem: null } });
    const proof = await probe();
    expect(isProven(proof)).toBe(false);
    expect(isBypassed(proof)).toBe(false);
  });

  it('with an engine that does not let itself be asked proves nothing, and says why', async () => {
    const problem = { code: 'engine-forbidden', message: 'This user may not ask Docker Engine.' };
    const { walls } = await world({ report: { kind: 'stopped', problem } }).probe();
    expect(walls).toEqual({ dns: { kind: 'inconclusive', problem }, proxy: { kind: 'inconclusive', problem } });
  });

  it('that the gateway saw come from a workload says nothing of the engine', async () => {
    const { probe } = world({ path: (wall) => ({ answer: denied, seen: wall, view: 'workload' }) });
    expect((await probe()).walls.dns).toMatchObject({ kind: 'bypassed', problem: { code: 'probe-not-seen' } });
  });

  it('during which the rules changed is repeated, three times at most', async () => {
    let changes = 1;
    const here = world({
      path: (wall, attempt) => {
        if (wall === 'dns' && attempt <= changes) {
          const status = { ...gatewayStatus, generation: gatewayStatus.generation + attempt };
          here.replace({ kind: 'up', status, connection: 1 });
        }
        return { answer: denied, seen: wall, generation: gatewayStatus.generation + attempt - 1 };
      },
    });
    expect(await here.probe()).toMatchObject({ generation: gatewayStatus.generation + 1 });
    expect(here.hosts).toHaveLength(4);
    changes = 100;
    const restless = world({
      path: (wall, attempt) => {
        const generation = gatewayStatus.generation + attempt;
        if (wall === 'dns') restless.replace({ kind: 'up', status: { ...gatewayStatus, generation }, connection: 1 });
        return { answer: denied, seen: wall, generation };
      },
    });
    await restless.probe();
    expect(restless.hosts).toHaveLength(6);
    here.prober.stop();
    restless.prober.stop();
  });

  it('in the demo can find nothing that goes past a wall', async () => {
    const { probe } = world({ kind: 'demo', path: () => ({ answer: denied, seen: null }) });
    expect((await probe()).walls.dns.kind).toBe('inconclusive');
  });

  it('is made after each change of what is in force, and every minute', async () => {
    const { clock, hosts, prober, change } = world({});
    const settled = async (): Promise<void> => {
      do await new Promise(setImmediate);
      while (prober.state().isProbing);
    };
    change({ kind: 'up', status: { ...gatewayStatus, generation: 9 }, connection: 1 });
    await settled();
    expect(hosts).toHaveLength(2);
    change({ kind: 'up', status: { ...gatewayStatus, generation: 9 }, connection: 1 });
    await settled();
    expect(hosts).toHaveLength(2);
    change({ kind: 'up', status: gatewayStatus, connection: 2 });
    await settled();
    expect(hosts).toHaveLength(4);
    clock.advance(60_000);
    await settled();
    expect(hosts).toHaveLength(6);
    prober.stop();
    clock.advance(600_000);
    await settled();
    expect(hosts).toHaveLength(6);
  });

  it('is not made while the gateway is away', async () => {
    const { prober, change } = world({});
    change({ kind: 'down', problem: { code: 'gateway-away', message: 'Away.' } });
    expect(await prober.run()).toBeNull();
  });
});
