import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addReading, REMOVAL_GRACE_PERIOD, type SourceHistory } from '../../../main/managed-config/grace-period.ts';
import type { Reading } from '../../../main/managed-config/source.ts';
import type { Verdict } from '../../../shared/schemas/managed-config.ts';

function reading(verdict: Verdict, allowedOrgs: string[] = [], failure: Reading['failure'] = null): Reading {
  return {
    source: { file: '/r.json', kind: 'registry-json', verdict, allowedOrgs, problems: [] },
    settings: {},
    failure,
  };
}
const acme = reading('present', ['acme']);
const globex = reading('present', ['globex']);
const absent = reading('absent');
const malformed = reading('malformed');
const failed = reading('unreadable', [], 'io');
const short = reading('unreadable', [], 'shortage');

/** What applies after these readings, each at its second. */
function effectiveAfter(...steps: [second: number, fresh: Reading][]) {
  let history: SourceHistory | null = null;
  for (const [second, fresh] of steps) history = addReading(history, fresh, second * 1000);
  const source = history?.effective.source;
  return { verdict: source?.verdict, orgs: source?.allowedOrgs, codes: source?.problems.map(({ code }) => code) };
}

describe('a source over time', () => {
  it('starts as its first reading', () => {
    expect(effectiveAfter([0, absent])).toMatchObject({ verdict: 'absent', codes: [] });
    expect(effectiveAfter([0, acme])).toMatchObject({ verdict: 'present', orgs: ['acme'] });
    expect(effectiveAfter([0, failed])).toMatchObject({ verdict: 'unreadable' });
    expect(effectiveAfter([0, short])).toMatchObject({ verdict: 'unreadable' });
  });

  it('applies presence, change and fault at once', () => {
    expect(effectiveAfter([0, absent], [1, acme])).toMatchObject({ verdict: 'present', orgs: ['acme'] });
    expect(effectiveAfter([0, acme], [1, globex])).toMatchObject({ orgs: ['globex'] });
    expect(effectiveAfter([0, acme], [1, malformed])).toMatchObject({ verdict: 'malformed' });
  });

  it('applies until two readings ten seconds apart find nothing', () => {
    expect(REMOVAL_GRACE_PERIOD).toBe(10_000);
    expect(effectiveAfter([0, acme], [60, absent])).toMatchObject({
      verdict: 'present',
      orgs: ['acme'],
      codes: ['just-removed'],
    });
    expect(effectiveAfter([0, acme], [60, absent], [69.9, absent])).toMatchObject({ verdict: 'present' });
    expect(effectiveAfter([0, acme], [60, absent], [70, absent])).toMatchObject({ verdict: 'absent', codes: [] });
  });

  it('has a new grace period after it came back in between', () => {
    expect(effectiveAfter([0, acme], [60, absent], [65, acme], [70, absent])).toMatchObject({
      verdict: 'present',
      orgs: ['acme'],
    });
    expect(effectiveAfter([0, acme], [60, absent], [65, globex], [70, absent])).toMatchObject({ orgs: ['globex'] });
  });

  it('is not missing because a reading failed, nor is that confirmed by it', () => {
    expect(effectiveAfter([0, acme], [60, absent], [65, failed], [70, absent])).toMatchObject({ verdict: 'present' });
    expect(effectiveAfter([0, acme], [60, absent], [65, short], [70, absent])).toMatchObject({ verdict: 'present' });
  });

  it('keeps a removed fault just as long', () => {
    expect(effectiveAfter([0, malformed], [1, absent])).toMatchObject({
      verdict: 'malformed',
      codes: ['just-removed'],
    });
    expect(effectiveAfter([0, malformed], [1, absent], [11, absent])).toMatchObject({ verdict: 'absent' });
  });

  it('keeps applying, with a warning, where it cannot be read again', () => {
    expect(effectiveAfter([0, acme], [1, failed])).toMatchObject({
      verdict: 'present',
      orgs: ['acme'],
      codes: ['read-failed'],
    });
    expect(effectiveAfter([0, acme], [1, failed], [2, acme])).toMatchObject({ verdict: 'present', codes: [] });
    expect(effectiveAfter([0, acme], [1, failed], [2, failed], [3, failed])).toMatchObject({ codes: ['read-failed'] });
  });

  it('is unreadable where it was absent and now cannot be read', () => {
    expect(effectiveAfter([0, absent], [1, failed])).toMatchObject({ verdict: 'unreadable' });
  });

  it('is unchanged by a shortage in this process', () => {
    expect(effectiveAfter([0, absent], [1, short])).toMatchObject({ verdict: 'absent' });
    expect(effectiveAfter([0, malformed], [1, short])).toMatchObject({ verdict: 'malformed' });
  });

  it('is unreadable as soon as somebody else could have written it', () => {
    expect(effectiveAfter([0, acme], [1, reading('unreadable')])).toMatchObject({ verdict: 'unreadable' });
  });

  it('is never lifted by less than two readings that find nothing, ten seconds apart, with no other between', () => {
    const fresh = fc.constantFrom(
      acme,
      globex,
      absent,
      absent,
      absent,
      malformed,
      failed,
      short,
      reading('unreadable'),
    );
    const steps = fc.array(fc.record({ pause: fc.integer({ min: 0, max: 12_000 }), fresh }), { minLength: 1 });
    fc.assert(
      fc.property(steps, (sequence) => {
        let history: SourceHistory | null = null;
        let now = 0;
        /** Since when there have been readings of absence only; null if the last one was another. */
        let absentSince: number | null = null;
        let everThere = false;
        for (const { pause, fresh } of sequence) {
          now += pause;
          history = addReading(history, fresh, now);
          absentSince = fresh === absent ? (absentSince ?? now) : null;
          const { verdict } = history.effective.source;
          if (verdict !== 'absent') everThere = true;
          else if (everThere) {
            expect(absentSince).not.toBeNull();
            expect(now - (absentSince ?? now)).toBeGreaterThanOrEqual(REMOVAL_GRACE_PERIOD);
            everThere = false;
          }
          if (fresh === acme) expect(history.effective.source.allowedOrgs).toEqual(['acme']);
          if (fresh === malformed) expect(verdict).toBe('malformed');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
