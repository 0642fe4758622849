import { describe, expect, it } from 'vitest';
import { fitSnapshot } from '../../../main/agent/fit-snapshot.ts';
import { MAX_SNAPSHOT_BYTES, Snapshot } from '../../../shared/schemas/snapshot.ts';
import { caveats } from '../../support/panel-data.ts';
import { allGood, forbidsGreen, managed, snapshotOf } from '../../support/snapshots.ts';

const size = (snapshot: Snapshot): number => Buffer.byteLength(JSON.stringify(snapshot));

describe('a snapshot', () => {
  it('is left alone while it is small, caveats and all', () => {
    const snapshot = snapshotOf(allGood, { caveats });
    expect(size(snapshot)).toBeLessThan(MAX_SNAPSHOT_BYTES / 3);
    expect(fitSnapshot(snapshot)).toBe(snapshot);
  });

  it('stays below its bound whatever an administrator writes into a file', () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `organization-${index}-${'x'.repeat(40)}`);
    const problems = names.map((name) => ({ code: 'organization-twice', message: name.repeat(3) }));
    const file = { file: '/registry.json', kind: 'registry-json' as const, verdict: 'present' as const };
    const overridden = names.slice(0, 3).map(() => ({ ...file, allowedOrgs: names, problems }));
    const config = { ...managed.present, allowedOrgs: [...names, 'acme'], problems, overridden };
    const entry = { ...forbidsGreen, forbidsGreen: false, cause: 'x'.repeat(1_000) };
    const fitted = fitSnapshot(
      snapshotOf({ ...allGood, managed: config, health: Array.from({ length: 32 }, () => entry) }, { caveats }),
    );
    expect(size(fitted)).toBeLessThanOrEqual(MAX_SNAPSHOT_BYTES);
    expect(fitted.managed?.allowedOrgs[0]).toBe(names[0]);
    expect(fitted.state).toEqual(snapshotOf(allGood).state);
    expect(Snapshot.safeParse(fitted).success).toBe(true);
  });
});
