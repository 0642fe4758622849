import { describe, expect, it } from 'vitest';
import { createProbeFilter, isProbe } from '../../../main/gateway/probe-filter.ts';
import { manualClock } from '../../support/manual-clock.ts';

const nonce = '0123456789abcdef'.repeat(2);

describe('a probe', () => {
  it.each([
    [`n${nonce}.probe.portcullis.internal`, true],
    [`n${nonce}.direct.probe.portcullis.internal`, true],
    ['probe.portcullis.internal', false],
    [`n${nonce}.probe.portcullis.internal.example`, false],
    [`n${nonce}.otherprobe.portcullis.internal`, false],
  ])('%s is one: %s', (host, expected) => {
    expect(isProbe(host)).toBe(expected);
  });

  it.each([
    ['as it is sent', `n${nonce}.probe.portcullis.internal`, nonce],
    ['through the engine', `n${nonce}.direct.probe.portcullis.internal`, nonce],
    ['without a nonce', 'other.probe.portcullis.internal', null],
    ['whose nonce is too short', `n${nonce.slice(1)}.probe.portcullis.internal`, null],
    ['whose nonce is too long', `n${nonce}0.probe.portcullis.internal`, null],
    ['with another letter in front', `m${nonce}.probe.portcullis.internal`, null],
    ['in capitals', `n${nonce.toUpperCase()}.probe.portcullis.internal`, null],
  ])('%s has its nonce, or none', (_what, host, expected) => {
    expect(createProbeFilter(manualClock(0))(host)).toBe(expected);
  });

  it('is not reported beyond 64 in a fifth of a second, and is again after it', () => {
    const clock = manualClock(0);
    const nonceOf = createProbeFilter(clock);
    const host = `n${nonce}.probe.portcullis.internal`;
    const burst = Array.from({ length: 100 }, () => nonceOf(host));
    expect(burst.filter((each) => each !== null)).toHaveLength(64);
    clock.advance(199);
    expect(nonceOf(host)).toBeNull();
    clock.advance(1);
    expect(nonceOf(host)).toBe(nonce);
  });

  it('does not count what is no probe', () => {
    const nonceOf = createProbeFilter(manualClock(0));
    for (let i = 0; i < 100; i += 1) nonceOf('other.probe.portcullis.internal');
    expect(nonceOf(`n${nonce}.probe.portcullis.internal`)).toBe(nonce);
  });
});
