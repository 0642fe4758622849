import { describe, expect, it } from 'vitest';
import { lineInWords, type Verdict, verdictOf } from '../../../shared/messages/describe-explanation.ts';
import type { Decision } from '../../../shared/reasons.ts';

const listed: Decision = { allowed: true, reason: 'allowed-by-policy', registry: 'ghcr.io' };
const companion: Decision = { allowed: true, reason: 'allowed-companion', registry: 'docker.io' };
const audited: Decision = { allowed: true, reason: 'audit-only', wouldDeny: true };
const denied: Decision = { allowed: false, reason: 'not-in-policy' };
const unmanaged: Decision = { allowed: true, reason: 'not-managed' };
const local: Decision = { allowed: true, reason: 'baseline' };

describe('the answer in a word', () => {
  it.each<[what: string, engine: Decision[], inForce: Verdict, without: Verdict]>([
    ['on the list', [listed], 'allowed', 'listed'],
    ['a companion of what is listed', [companion], 'allowed', 'listed'],
    ['in audit mode not on the list', [audited], 'audited', 'not-listed'],
    ['in audit mode partly on the list', [listed, audited], 'audited', 'not-listed'],
    ['not on the list', [listed, denied], 'blocked', 'blocked'],
    ['on a machine that nobody manages', [unmanaged], 'allowed', 'allowed'],
    ['local', [local], 'allowed', 'allowed'],
  ])('%s', (_what, decisions, inForce, without) => {
    const hosts = decisions.map((engine) => ({ host: 'x.example', port: null, engine, workload: engine }));
    const allowed = decisions.every((engine) => engine.allowed);
    expect(verdictOf({ allowed, hosts, generation: 7 })).toBe(inForce);
    expect(verdictOf({ allowed, hosts, generation: null })).toBe(without);
  });
});

it('names the line and what the registry is called', () => {
  expect(lineInWords('docker.io')).toBe('docker.io (Docker Hub)');
  expect(lineInWords('registry.acme.example:5000')).toBe('registry.acme.example:5000');
  expect(lineInWords('*.acme.example')).toBe('*.acme.example');
});
