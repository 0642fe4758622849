import { describe, expect, it } from 'vitest';
import { pastOf, untilOf } from '../../../main/cli/written-time.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';

const NOW = Date.UTC(2026, 10, 30, 9, 30, 15, 250);

function codeOf(written: string): string {
  try {
    untilOf(written, NOW);
  } catch (error) {
    if (error instanceof ProblemError) return error.problem.code;
  }
  return 'none';
}

describe('a time until which a registry is allowed', () => {
  it.each([
    ['90m', '2026-11-30T11:00:15Z'],
    ['12h', '2026-11-30T21:30:15Z'],
    ['7d', '2026-12-07T09:30:15Z'],
    ['2W', '2026-12-14T09:30:15Z'],
    ['2026-12-04T18:00:00+01:00', '2026-12-04T17:00:00Z'],
    ['2026-12-04T18:00Z', '2026-12-04T18:00:00Z'],
  ])('%s is %s', (written, expected) => {
    expect(untilOf(written, NOW)).toBe(expected);
  });

  it('without an offset is in the zone of this machine; a day lasts to its end', () => {
    const utc = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
    expect(untilOf('2026-12-04T18:00', NOW)).toBe(utc(new Date(2026, 11, 4, 18)));
    expect(untilOf('2026-12-04 18:00', NOW)).toBe(utc(new Date(2026, 11, 4, 18)));
    expect(untilOf('2026-12-04', NOW)).toBe(utc(new Date(2026, 11, 5)));
  });

  it.each([
    '',
    'friday',
    '18:00',
    '7',
    '7y',
    '2026-02-30',
    '2026-02-30T10:00Z',
    '2026-13-01',
    '04.12.2026',
    '999999w',
    '1e3h',
  ])('%j is none', (written) => {
    expect(codeOf(written)).toBe('until-invalid');
  });

  it.each(['0h', '2026-11-30T09:30:15Z', '2025-12-04'])('%j has passed', (written) => {
    expect(codeOf(written)).toBe('until-over');
  });
});

describe('a time in the past', () => {
  it.each([
    ['90m', '2026-11-30T08:00:15Z'],
    ['7d', '2026-11-23T09:30:15Z'],
    ['2026-11-04T18:00:00+01:00', '2026-11-04T17:00:00Z'],
  ])('%s is %s', (written, expected) => {
    expect(pastOf(written, NOW, 'begin')).toBe(expected);
  });

  it('begins or ends with its day', () => {
    const utc = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
    expect(pastOf('2026-11-04', NOW, 'begin')).toBe(utc(new Date(2026, 10, 4)));
    expect(pastOf('2026-11-04', NOW, 'end')).toBe(utc(new Date(2026, 10, 5)));
  });

  it('is refused where it is none', () => {
    for (const written of ['yesterday', '2026-02-30', '999999w']) {
      expect(() => pastOf(written, NOW, 'begin')).toThrow(ProblemError);
    }
  });
});
