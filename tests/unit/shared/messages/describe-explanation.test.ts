import { expect, it } from 'vitest';
import { conditionInWords, describeExplanation } from '../../../../shared/messages/describe-explanation.ts';
import { timeFormat } from '../../../../shared/messages/format.ts';
import type { Words } from '../../../../shared/messages/words.ts';
import { wordsFor } from '../../../../shared/messages/words.ts';
import type { Decision } from '../../../../shared/reasons.ts';

const NOW = Date.parse('2026-11-30T09:00:00Z');
const FRIDAY = Date.parse('2026-12-04T17:00:00Z') / 1000;
const words = (language: 'en' | 'de'): Words => ({
  ...wordsFor(language, language),
  time: timeFormat(language === 'en' ? 'en-GB' : 'de', 'Europe/Berlin'),
});
const told = (engine: Decision, language: 'en' | 'de' = 'en') =>
  describeExplanation(
    { registry: 'gcr.io', hosts: [{ host: 'gcr.io', port: null, engine, workload: engine }] },
    { org: 'acme', contact: '#platform', now: NOW },
    words(language),
  );
const granted = (change: Partial<Decision>): Decision => ({
  ...{ allowed: true, reason: 'allowed-by-policy', registry: 'gcr.io', ...change },
});

it('says until when, in the time zone of the reader', () => {
  expect(told(granted({ until: FRIDAY })).sentence).toBe('gcr.io is allowed by acme until Friday 18:00.');
  expect(told(granted({ until: FRIDAY }), 'de').sentence).toBe('gcr.io ist von acme bis Freitag 18:00 zugelassen.');
});

it('says for which team', () => {
  expect(told(granted({ teams: ['platform'] })).sentence).toBe('gcr.io is allowed by acme for team platform.');
  expect(told(granted({ teams: ['platform', 'sre'], until: FRIDAY })).sentence).toBe(
    'gcr.io is allowed by acme for teams platform or sre until Friday 18:00.',
  );
  expect(told(granted({ teams: ['platform'] }), 'de').sentence).toBe(
    'gcr.io ist von acme für das Team platform zugelassen.',
  );
});

it('says what to use in its place where it is blocked, before whom to ask', () => {
  const blocked: Decision = { allowed: false, reason: 'not-in-policy', hint: 'mirror.acme.example/gcr' };
  expect(told(blocked)).toEqual({
    sentence: 'gcr.io is blocked by acme.',
    next: 'Use mirror.acme.example/gcr instead. To request access to gcr.io, contact #platform.',
  });
  expect(told(blocked, 'de').next).toContain('Verwenden Sie stattdessen mirror.acme.example/gcr.');
});

it('says nothing of a condition where there is none', () => {
  expect(conditionInWords({}, NOW, words('en'))).toBeNull();
  expect(told(granted({})).sentence).toBe('gcr.io is allowed by acme.');
});
