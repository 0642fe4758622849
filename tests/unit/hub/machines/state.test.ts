import { describe, expect, it } from 'vitest';
import { type MachineFacts, type Measure, machineState, standingOf } from '../../../../main/hub/machines/state.ts';
import type { MachineState } from '../../../../shared/schemas/hub/machines.ts';
import type { ReceiptClaims } from '../../../../shared/schemas/receipt.ts';
import { enforcingClaims } from '../../../support/signing-gateway.ts';

const HOUR = 3_600_000;
const NOW = 1_800_000_000_000;
const AUD = 'https://hub.acme.example';

/** An enrolled machine that reported a minute ago; revision 7 was published three hours ago, 8 an hour ago. */
function facts(claims: Partial<ReceiptClaims> = {}, change: Partial<MachineFacts> = {}): MachineFacts {
  const at = NOW - 60_000;
  return {
    ...{ enrolledAt: NOW - 48 * HOUR, clonedAt: null, codeVoid: false, lastAt: at, probedAt: at, deniedSince: null },
    claims: enforcingClaims(at / 1000, { revision: 8, ...claims }),
    ...change,
  };
}
const MEASURE: Measure = { issuer: AUD, now: NOW, graceMs: 2 * HOUR, current: 8, due: 7 };

function outcome(of: MachineFacts, measure: Partial<Measure> = {}): string {
  const { state, missing } = machineState(of, { ...MEASURE, ...measure });
  return [state, ...missing.map(({ code }) => code)].join(' ');
}

const audited = (
  change: Partial<Extract<ReceiptClaims['attachment'], { kind: 'audited' }>> = {},
): Partial<ReceiptClaims> => ({
  attachment: {
    ...{ kind: 'audited', at: NOW / 1000 - 70, findings: [] },
    engines: [{ id: 'docker', running: true, hold: 'wall' }],
    ...change,
  },
});
const finding = { code: 'attachment-rules-missing', severity: 'open', engine: 'docker' } as const;

describe('the state of a machine', () => {
  it.each<[string, MachineFacts, string]>([
    ['all is well', facts(), 'enforcing'],
    ['the newest revision has not arrived yet', facts({ revision: 7 }), 'enforcing'],
    ['a hub whose database was restored is behind the machine', facts({ revision: 12 }), 'enforcing'],
    [
      'a guard rail instead of a wall',
      facts(audited({ engines: [{ id: 'podman', running: true, hold: 'guard-rail' }] })),
      'enforcing',
    ],
    ['no engine is installed', facts(audited({ engines: [] })), 'enforcing'],
    [
      'a weakness that is no way past',
      facts(audited({ findings: [{ ...finding, severity: 'weakened' }] })),
      'enforcing',
    ],
    ['Windows, where nothing tells accounts apart', facts({ uid: null, account: 'unknown' }), 'enforcing'],
    ['a service of the system', facts({ uid: 61_184, account: 'service' }), 'enforcing'],
    [
      'an engine is stopped',
      facts(
        {
          ...audited({ engines: [{ id: 'docker', running: false, hold: 'nothing' }], findings: [finding] }),
          probes: [],
        },
        { probedAt: null },
      ),
      'enforcing',
    ],
    [
      'probes were seen today, the gateway has just started',
      facts({ probes: [] }, { probedAt: NOW - 20 * HOUR }),
      'enforcing',
    ],
    [
      'everything is blocked, for a moment',
      facts({ effective: { kind: 'deny', reason: 'policy-pending' } }, { deniedSince: NOW - HOUR }),
      'enforcing machine-blocks-everything',
    ],
    ['a receipt of an hour ago', facts({}, { lastAt: NOW - HOUR }), 'enforcing'],

    ['a revision behind for two intervals', facts({ revision: 6 }), 'outdated machine-outdated'],
    [
      'everything is blocked for two intervals',
      facts({ effective: { kind: 'deny', reason: 'policy-expired' }, revision: null }, { deniedSince: NOW - 2 * HOUR }),
      'outdated machine-blocks-everything',
    ],

    ['break-glass', facts({ effective: { kind: 'open', reason: 'break-glass' } }), 'not-enforcing machine-break-glass'],
    [
      'nobody is signed in, and nobody has to',
      facts({ effective: { kind: 'open', reason: 'not-managed' }, managed: 'absent' }),
      'not-enforcing machine-open machine-not-managed',
    ],
    ['whoever signs out is free', facts({ managed: 'absent' }), 'not-enforcing machine-not-managed'],
    ['the policy of another organization', facts({ revision: null }), 'not-enforcing machine-other-policy'],
    [
      'the policy of another hub',
      facts({ policyIssuer: 'https://hub.evil.example' }),
      'not-enforcing machine-other-policy',
    ],
    ['a trial folder', facts({ place: 'trial' }), 'not-enforcing machine-trial'],
    ['run by a user', facts({ account: 'user', uid: 1000 }), 'not-enforcing machine-run-by-user'],
    ['run by nobody knows whom', facts({ account: 'unknown', uid: 1000 }), 'not-enforcing machine-run-by-user'],
    ['no engine is attached', facts({ attachment: null }), 'not-enforcing machine-not-attached'],
    [
      'a second engine that is free',
      facts(
        audited({
          engines: [
            { id: 'docker', running: true, hold: 'wall' },
            { id: 'podman', running: true, hold: 'nothing' },
          ],
        }),
      ),
      'not-enforcing machine-engine-not-attached',
    ],
    ['a way past', facts(audited({ findings: [finding] })), 'not-enforcing machine-way-past'],
    [
      'a way past, of the whole machine',
      facts(audited({ engines: [], findings: [{ ...finding, engine: null }] })),
      'not-enforcing machine-way-past',
    ],
    [
      'no audit',
      facts({ attachment: { kind: 'unknown', code: 'attachment-audit-stale' } }),
      'not-enforcing machine-audit-missing',
    ],
    ['an old audit', facts(audited({ at: NOW / 1000 - 400 })), 'not-enforcing machine-audit-missing'],
    ['an audit from the future', facts(audited({ at: NOW / 1000 + 400 })), 'not-enforcing machine-audit-missing'],
    [
      'no probe has arrived for a day',
      facts({ probes: [] }, { probedAt: NOW - 25 * HOUR }),
      'not-enforcing machine-not-probed',
    ],
    ['no probe has ever arrived', facts({ probes: [] }, { probedAt: null }), 'not-enforcing machine-not-probed'],
    [
      'not enforcing, and an old revision too',
      facts({ attachment: null, revision: 3 }),
      'not-enforcing machine-not-attached machine-outdated',
    ],

    ['no receipt for a day', facts({}, { lastAt: NOW - 24 * HOUR }), 'silent machine-silent'],
    ['not enforcing, a day ago', facts({ attachment: null }, { lastAt: NOW - 30 * HOUR }), 'silent machine-silent'],
    ['enrolled and never heard of', facts({}, { lastAt: null, claims: null }), 'silent machine-never-reported'],

    ['not enrolled, whatever it says', facts({}, { enrolledAt: null }), 'unverified machine-not-enrolled'],
    [
      'not enrolled, for a year',
      facts({}, { enrolledAt: null, lastAt: NOW - 8760 * HOUR }),
      'unverified machine-not-enrolled',
    ],
    [
      'a code that is void',
      facts({}, { enrolledAt: null, codeVoid: true }),
      'unverified machine-not-enrolled machine-code-void',
    ],
    [
      'the user’s own gateway from a trial folder',
      facts({ place: 'trial', account: 'user' }, { enrolledAt: null }),
      'unverified machine-not-enrolled machine-trial machine-run-by-user',
    ],
    ['a key on two machines', facts({}, { clonedAt: NOW - HOUR }), 'unverified machine-cloned'],
  ])('where %s', (_name, of, expected) => {
    expect(outcome(of)).toBe(expected);
  });

  it('turns silent at the moment that a day is over', () => {
    const of = facts();
    const day = (of.lastAt ?? 0) + 24 * HOUR;
    expect(outcome(of, { now: day - 1 })).toBe('enforcing');
    expect(outcome(of, { now: day })).toBe('silent machine-silent');
  });

  it('stays as it is by a clock of the hub that was set back', () => {
    expect(outcome(facts(), { now: NOW - 72 * HOUR })).toBe('enforcing');
  });

  it('tells for each shortcoming what to do', () => {
    const all: MachineState[] = ['not-enforcing', 'outdated', 'silent', 'unverified'];
    for (const of of [
      facts({ attachment: null }),
      facts({ revision: 6 }),
      facts({}, { lastAt: 1 }),
      facts({}, { enrolledAt: null }),
    ]) {
      const { state, missing } = machineState(of, MEASURE);
      expect(all.shift()).toBe(state);
      for (const { next } of missing) expect(next).toMatch(/\.|: /);
    }
  });

  it('stores what only a receipt changes', () => {
    expect(standingOf(facts(), AUD)).toBe('enforcing');
    expect(standingOf(facts({}, { lastAt: 1, probedAt: 1 }), AUD)).toBe('enforcing');
    expect(standingOf(facts({}, { lastAt: null, claims: null }), AUD)).toBe('enforcing');
    expect(standingOf(facts({ place: 'trial' }), AUD)).toBe('not-enforcing');
    expect(standingOf(facts({ place: 'trial' }, { enrolledAt: null }), AUD)).toBe('unverified');
  });
});
