import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ABSENCE_MUST_HOLD, type HeldReading, holdReading } from '../../../main/managed-config/absence-hold.ts';
import type { Reading } from '../../../main/managed-config/reading.ts';
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

/** What counts after these readings, each at its second. */
function believed(...steps: [second: number, fresh: Reading][]) {
  let belief: HeldReading | null = null;
  for (const [second, fresh] of steps) belief = holdReading(belief, fresh, second * 1000);
  const source = belief?.counts.source;
  return { verdict: source?.verdict, orgs: source?.allowedOrgs, codes: source?.problems.map(({ code }) => code) };
}

describe('what is believed of a source over time', () => {
  it('takes the first reading as it is', () => {
    expect(believed([0, absent])).toMatchObject({ verdict: 'absent', codes: [] });
    expect(believed([0, acme])).toMatchObject({ verdict: 'present', orgs: ['acme'] });
    expect(believed([0, failed])).toMatchObject({ verdict: 'unreadable' });
    expect(believed([0, short])).toMatchObject({ verdict: 'unreadable' });
  });

  it('obeys presence, change and fault at once', () => {
    expect(believed([0, absent], [1, acme])).toMatchObject({ verdict: 'present', orgs: ['acme'] });
    expect(believed([0, acme], [1, globex])).toMatchObject({ orgs: ['globex'] });
    expect(believed([0, acme], [1, malformed])).toMatchObject({ verdict: 'malformed' });
  });

  it('keeps what is gone until two readings ten seconds apart agree', () => {
    expect(ABSENCE_MUST_HOLD).toBe(10_000);
    expect(believed([0, acme], [60, absent])).toMatchObject({
      verdict: 'present',
      orgs: ['acme'],
      codes: ['just-removed'],
    });
    expect(believed([0, acme], [60, absent], [69.9, absent])).toMatchObject({ verdict: 'present' });
    expect(believed([0, acme], [60, absent], [70, absent])).toMatchObject({ verdict: 'absent', codes: [] });
  });

  it('starts to count anew where the source came back in between', () => {
    expect(believed([0, acme], [60, absent], [65, acme], [70, absent])).toMatchObject({
      verdict: 'present',
      orgs: ['acme'],
    });
    expect(believed([0, acme], [60, absent], [65, globex], [70, absent])).toMatchObject({ orgs: ['globex'] });
  });

  it('does not count a failed attempt as absence, nor as its confirmation', () => {
    expect(believed([0, acme], [60, absent], [65, failed], [70, absent])).toMatchObject({ verdict: 'present' });
    expect(believed([0, acme], [60, absent], [65, short], [70, absent])).toMatchObject({ verdict: 'present' });
  });

  it('holds a fault that is taken away just as long', () => {
    expect(believed([0, malformed], [1, absent])).toMatchObject({ verdict: 'malformed', codes: ['just-removed'] });
    expect(believed([0, malformed], [1, absent], [11, absent])).toMatchObject({ verdict: 'absent' });
  });

  it('keeps what was read before where reading again fails, and says so', () => {
    expect(believed([0, acme], [1, failed])).toMatchObject({
      verdict: 'present',
      orgs: ['acme'],
      codes: ['read-failed'],
    });
    expect(believed([0, acme], [1, failed], [2, acme])).toMatchObject({ verdict: 'present', codes: [] });
    expect(believed([0, acme], [1, failed], [2, failed], [3, failed])).toMatchObject({ codes: ['read-failed'] });
  });

  it('takes a failure at a source that was absent for what it is: something is there', () => {
    expect(believed([0, absent], [1, failed])).toMatchObject({ verdict: 'unreadable' });
  });

  it('takes a shortage of its own for no news at all', () => {
    expect(believed([0, absent], [1, short])).toMatchObject({ verdict: 'absent' });
    expect(believed([0, malformed], [1, short])).toMatchObject({ verdict: 'malformed' });
  });

  it('takes a source that may be somebody else’s as unreadable, whatever it said before', () => {
    expect(believed([0, acme], [1, reading('unreadable')])).toMatchObject({ verdict: 'unreadable' });
  });

  it('never loosens on less than two readings of absence, ten seconds apart, with nothing else between', () => {
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
        let belief: HeldReading | null = null;
        let now = 0;
        /** Since when there have been readings of absence only; null if the last one was another. */
        let absentSince: number | null = null;
        let everThere = false;
        for (const { pause, fresh } of sequence) {
          now += pause;
          belief = holdReading(belief, fresh, now);
          absentSince = fresh === absent ? (absentSince ?? now) : null;
          const { verdict } = belief.counts.source;
          if (verdict !== 'absent') everThere = true;
          else if (everThere) {
            expect(absentSince).not.toBeNull();
            expect(now - (absentSince ?? now)).toBeGreaterThanOrEqual(ABSENCE_MUST_HOLD);
            everThere = false;
          }
          if (fresh === acme) expect(belief.counts.source.allowedOrgs).toEqual(['acme']);
          if (fresh === malformed) expect(verdict).toBe('malformed');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
