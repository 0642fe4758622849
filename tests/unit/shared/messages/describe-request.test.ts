import { describe, expect, it } from 'vitest';
import { describeRequest } from '../../../../shared/messages/describe-request.ts';
import { timeFormat } from '../../../../shared/messages/format.ts';
import { wordsFor } from '../../../../shared/messages/words.ts';
import type { OwnRequest } from '../../../../shared/schemas/own-request.ts';

/** Saturday, 21 November 2026, 12:00 in Berlin. */
const NOW = Date.parse('2026-11-21T12:00:00+01:00');
const en = { ...wordsFor('en', 'en-GB'), time: timeFormat('en-GB', 'Europe/Berlin') };
const de = { ...wordsFor('de', 'de-DE'), time: timeFormat('de-DE', 'Europe/Berlin') };

function request(
  state: OwnRequest['state'],
  decided: Partial<NonNullable<OwnRequest['decided']>> | null = null,
): OwnRequest {
  const none = { at: NOW, until: null, teams: null, use: null, reason: null };
  return {
    ...{ id: 'r1', host: 'gcr.io', subject: null, reason: null, at: NOW, state, problem: null },
    decided: decided === null ? null : { ...none, ...decided },
  };
}

const friday = Date.parse('2026-11-27T18:00:00+01:00');

describe('what has become of a request', () => {
  it.each([
    [request('kept'), 'Will be sent', 'Wird noch gesendet'],
    [request('open'), 'Waiting for a decision', 'Wartet auf Entscheidung'],
    [request('allowed', {}), 'Allowed', 'Zugelassen'],
    [request('allowed', { until: friday }), 'Allowed until Friday 18:00', 'Zugelassen bis Freitag 18:00'],
    [request('allowed', { teams: ['platform'] }), 'Allowed for team platform', 'Zugelassen für das Team platform'],
    [
      request('allowed', { teams: ['build', 'platform'], until: friday }),
      'Allowed for teams build or platform until Friday 18:00',
      'Zugelassen für die Teams build oder platform bis Freitag 18:00',
    ],
    [
      request('mirror', { use: 'mirror.acme.example/gcr' }),
      'Use mirror.acme.example/gcr instead',
      'Verwenden Sie stattdessen mirror.acme.example/gcr',
    ],
    [request('declined', { reason: 'Not trusted.' }), 'Declined: Not trusted.', 'Abgelehnt: Not trusted.'],
    [request('declined', {}), 'Declined', 'Abgelehnt'],
    [request('withdrawn'), 'Withdrawn', 'Zurückgezogen'],
  ])('%#', (one, english, german) => {
    expect([describeRequest(one, NOW, en).state, describeRequest(one, NOW, de).state]).toEqual([english, german]);
  });

  it('is over when its time is', () => {
    const one = request('allowed', { until: friday });
    expect(describeRequest(one, friday - 1, en)).toEqual({ state: 'Allowed until today 18:00', tone: 'green' });
    expect(describeRequest(one, friday, en)).toEqual({ state: 'Was allowed until 27 Nov 2026, 18:00', tone: 'grey' });
  });
});

describe('when something ends', () => {
  it.each([
    ['2026-11-21T18:00:00+01:00', 'today 18:00'],
    ['2026-11-22T00:30:00+01:00', 'tomorrow 00:30'],
    ['2026-11-27T18:00:00+01:00', 'Friday 18:00'],
    ['2026-11-28T18:00:00+01:00', '28 Nov 2026, 18:00'],
    ['2026-11-20T18:00:00+01:00', '20 Nov 2026, 18:00'],
  ])('%s is told as %s', (at, said) => {
    expect(en.time.deadline(Date.parse(at), NOW)).toBe(said);
  });

  it('days are those of the user’s calendar, also where one has 25 hours', () => {
    const saturday = Date.parse('2026-10-24T23:00:00+02:00');
    expect(en.time.deadline(Date.parse('2026-10-25T23:30:00+01:00'), saturday)).toBe('tomorrow 23:30');
    expect(timeFormat('en-GB', 'Asia/Tokyo').deadline(Date.parse('2026-11-21T18:00:00+01:00'), NOW)).toBe(
      'tomorrow 02:00',
    );
  });
});
