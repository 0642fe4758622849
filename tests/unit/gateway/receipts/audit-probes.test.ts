import { describe, expect, it } from 'vitest';
import { createAuditProbes, type ProbeSighting, probeHash } from '../../../../main/gateway/receipts/audit-probes.ts';

const NONCE = 'ab'.repeat(16);
const OTHER = 'cd'.repeat(16);
const probe = { hash: probeHash(NONCE), from: 10_000, until: 12_000 };
const sighting: ProbeSighting = { nonce: NONCE, wall: 'proxy', view: 'engine', at: 11_000 };

describe('what the probes of root’s audit prove', () => {
  it('is when each wall last saw one of them while it was under way', () => {
    const probes = createAuditProbes();
    probes.saw(sighting);
    probes.saw({ ...sighting, wall: 'dns', nonce: OTHER, at: 11_500 });
    expect(probes.provenBy([probe, { ...probe, hash: probeHash(OTHER) }])).toEqual([
      { wall: 'proxy', view: 'engine', at: 11 },
      { wall: 'dns', view: 'engine', at: 11 },
    ]);
  });

  it('is nothing for a probe that a user started: its hash is in no file of root’s', () => {
    const probes = createAuditProbes();
    probes.saw({ ...sighting, nonce: OTHER });
    expect(probes.provenBy([probe])).toEqual([]);
    expect(probes.provenBy([])).toEqual([]);
  });

  it('is nothing for one that somebody repeats who learned its name from an engine’s log', () => {
    const probes = createAuditProbes();
    probes.saw({ ...sighting, at: 12_001 });
    expect(probes.provenBy([probe])).toEqual([]);
  });

  it('is not made newer by repeating one that was seen in time', () => {
    const probes = createAuditProbes();
    probes.saw(sighting);
    probes.saw({ ...sighting, at: 60_000 });
    expect(probes.provenBy([{ ...probe, until: 100_000 }])).toEqual([{ wall: 'proxy', view: 'engine', at: 11 }]);
  });

  it('is nothing for whoever copies a hash out of the file: it is no nonce', () => {
    const probes = createAuditProbes();
    probes.saw({ ...sighting, nonce: probe.hash.slice(0, 32) });
    expect(probes.provenBy([probe])).toEqual([]);
  });

  it('becomes less, and never more, where somebody sends thousands of probes', () => {
    const probes = createAuditProbes();
    probes.saw(sighting);
    for (let i = 0; i < 5000; i++) probes.saw({ ...sighting, nonce: i.toString(16).padStart(32, '0') });
    expect(probes.provenBy([probe])).toEqual([]);
    probes.saw({ ...sighting, at: 11_900 });
    expect(probes.provenBy([probe])).toHaveLength(1);
  });
});
