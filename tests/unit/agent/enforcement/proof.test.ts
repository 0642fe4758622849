import { describe, expect, it } from 'vitest';
import {
  bypassOf,
  evaluateProbe,
  inconclusiveOf,
  isCurrent,
  PROOF_LIFE_MS,
  type Proof,
  proxyAsExpected,
  type Sighting,
  withProof,
} from '../../../../main/agent/enforcement/proof.ts';
import type { WallUse } from '../../../../main/agent/engines/engine.ts';
import { proof } from '../../../support/agent-state.ts';
import { gatewayStatus } from '../../../support/gateway-status.ts';
import { NOW, notChecked, problem } from '../../../support/snapshots.ts';

const bypassed: Proof = { ...proof, walls: { ...proof.walls, proxy: { kind: 'bypassed', problem } } };
const inconclusive: Proof = { ...proof, walls: { ...proof.walls, dns: { kind: 'inconclusive', problem } } };
const unused = { kind: 'not-in-use', why: notChecked } as const;

describe('a proof', () => {
  it('is kept until another probe shows a way past it', () => {
    const none = { last: null, lastProven: null };
    expect(withProof(none, proof)).toEqual({ last: proof, lastProven: proof });
    const kept = withProof(withProof(none, proof), inconclusive);
    expect(kept).toEqual({ last: inconclusive, lastProven: proof });
    expect(withProof(kept, bypassed)).toEqual({ last: bypassed, lastProven: null });
    const detached = { ...proof, walls: { dns: unused, proxy: unused } };
    expect(withProof(kept, detached).lastProven).toBeNull();
  });

  it('does not hold for an engine that was started with another proxy, or with none', () => {
    const through = (proxy: WallUse): Proof['engine'] => ({
      kind: 'running',
      version: null,
      dns: { inUse: true },
      proxy,
    });
    const kept = (before: WallUse, now: WallUse): Proof | null =>
      withProof(
        { last: null, lastProven: { ...proof, engine: through(before) } },
        { ...inconclusive, engine: through(now) },
      ).lastProven;
    const ours = { inUse: true, via: 'http://10.200.0.1:3128' } as const;
    expect(kept(ours, ours)).not.toBeNull();
    expect(kept(ours, { inUse: true, via: 'http://192.0.2.1:3128' })).toBeNull();
    expect(kept(ours, { inUse: false, why: notChecked })).toBeNull();
    // An engine that does not say how it was started has not changed.
    const silent: Proof = { ...inconclusive, engine: { kind: 'stopped', problem } };
    expect(withProof({ last: null, lastProven: proof }, silent).lastProven).toBe(proof);
  });

  it('of an engine without the proxy that was proven before is none', () => {
    const gone = { kind: 'not-in-use', why: { code: 'engine-without-proxy', message: 'None.' } } as const;
    expect(proxyAsExpected(gone, false)).toBe(gone);
    expect(proxyAsExpected(unused, true)).toBe(unused);
    expect(proxyAsExpected({ kind: 'proven' }, true)).toEqual({ kind: 'proven' });
    expect(proxyAsExpected(gone, true)).toMatchObject({ kind: 'inconclusive', problem: { code: 'engine-proxy-gone' } });
  });

  it('holds for the connection, the generation and the time in which it was made', () => {
    const link = { kind: 'up' as const, status: gatewayStatus, connection: 1 };
    const now = { wall: NOW, monotonic: 0 };
    expect(isCurrent(proof, link, now)).toBe(true);
    expect(isCurrent(proof, { ...link, connection: 2 }, now)).toBe(false);
    expect(isCurrent(proof, { ...link, status: { ...gatewayStatus, generation: 10 } }, now)).toBe(false);
    expect(isCurrent(proof, link, { wall: NOW + PROOF_LIFE_MS, monotonic: PROOF_LIFE_MS })).toBe(true);
    // A clock that was set back, or that stood still during sleep, does not make it younger.
    expect(isCurrent(proof, link, { wall: NOW - 1, monotonic: PROOF_LIFE_MS + 1 })).toBe(false);
    expect(isCurrent(proof, link, { wall: NOW + PROOF_LIFE_MS + 1, monotonic: 0 })).toBe(false);
  });

  it('names what went past a wall, or why nothing is proven', () => {
    expect([bypassOf(proof), inconclusiveOf(proof)]).toEqual([null, null]);
    expect(bypassOf(bypassed)).toBe(problem);
    expect(inconclusiveOf(inconclusive)).toBe(problem);
    const detached = { ...proof, walls: { dns: unused, proxy: unused } };
    expect(bypassOf(detached)).toMatchObject({ code: 'engine-not-attached' });
    expect(bypassOf({ ...detached, engine: { kind: 'stopped', problem: null } })).toBeNull();
  });
});

describe('a probe of the DNS wall', () => {
  const denied = { kind: 'denied', detail: 'no such host' } as const;
  const seen = (change: Partial<Sighting>): Sighting => ({
    ...{ nonce: 'a'.repeat(32), wall: 'dns', view: 'engine', generation: 9, at: NOW },
    ...change,
  });
  const evaluate = (sightings: Sighting[], isAttached = true) => evaluateProbe('dns', denied, sightings, 9, isAttached);

  it('proves it only where the engine was denied and the gateway saw the name there, by the rules in force', () => {
    expect(evaluate([seen({})])).toEqual({ kind: 'proven' });
    expect(evaluate([seen({ generation: 8 }), seen({})])).toEqual({ kind: 'proven' });
    expect(evaluate([seen({ generation: 8 })])).toMatchObject({ problem: { code: 'probe-overtaken' } });
    expect(evaluate([seen({ wall: 'proxy' })])).toMatchObject({
      kind: 'inconclusive',
      problem: { code: 'probe-not-by-dns', cause: 'no such host' },
    });
    expect(evaluate([])).toMatchObject({ kind: 'bypassed', problem: { code: 'probe-not-seen' } });
    expect(evaluate([], false)).toMatchObject({ kind: 'inconclusive' });
  });

  it('shows a way past it where the engine got through, even if the gateway saw the name', () => {
    const passed = { kind: 'passed', detail: 'status 200' } as const;
    expect(evaluateProbe('dns', passed, [seen({})], 9, true)).toMatchObject({
      kind: 'bypassed',
      problem: { code: 'probe-passed' },
    });
  });

  it('shows nothing where the engine could not be asked', () => {
    expect(evaluateProbe('dns', { kind: 'no-answer', problem }, [seen({})], 9, true)).toEqual({
      kind: 'inconclusive',
      problem,
    });
  });
});
