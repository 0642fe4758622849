import { describe, expect, it } from 'vitest';
import { shownEngines } from '../../../main/agent/engines/shown-engines.ts';
import { buildSnapshot } from '../../../main/agent/snapshot-builder.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { AuditFinding, FoundEngine } from '../../../shared/schemas/attachment.ts';
import type { AttachmentStatus } from '../../../shared/schemas/control-schema.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import { agentState, proof } from '../../support/agent-state.ts';
import { gatewayStatus } from '../../support/gateway-status.ts';

const docker: FoundEngine = {
  ...{ id: 'docker', name: 'Docker Engine', version: '20.10.24', running: true, hold: 'wall' },
  ...{ socket: 'unix:///run/docker.sock', command: null },
};
const gone = problem('attachment-wall-gone');
const missing = problem('attachment-file-missing', { file: '/etc/x' });
const open: AuditFinding = { severity: 'open', engine: 'docker', problem: gone };
const weakened: AuditFinding = { severity: 'weakened', engine: null, problem: missing };
const unaudited = problem('attachment-audit-stale');
const audited = (...findings: AuditFinding[]): AttachmentStatus => ({
  ...{ kind: 'audited', at: 0 },
  ...{ engines: [docker], findings },
});

/** Everything in order, a policy in force and proven, but for what the audit says. */
function shown(attachment: AttachmentStatus | null): Snapshot {
  const status = { ...gatewayStatus, attachment };
  return buildSnapshot({ ...agentState, link: { kind: 'up', status, connection: 1 } });
}
const caveat = ({ caveats }: Snapshot) => caveats.find(({ code }) => code === 'attachment-weakened');

describe('what root’s audit makes of the state', () => {
  it.each<[string, AttachmentStatus | null, string, string, 'yes' | 'no' | 'unknown']>([
    ['nothing is attached', null, 'enforcing', 'green', 'no'],
    ['all is as it was attached', audited(), 'enforcing', 'green', 'no'],
    ['something is weakened', audited(weakened), 'enforcing', 'green', 'yes'],
    ['a way past is open', audited(open), 'not-enforcing', 'red', 'no'],
    ['a way past is open and more is weakened', audited(weakened, open), 'not-enforcing', 'red', 'yes'],
    ['there is no audit', { kind: 'unknown', problem: unaudited }, 'enforcing', 'amber', 'unknown'],
  ])('%s', (_, attachment, id, look, applies) => {
    const snapshot = shown(attachment);
    expect(snapshot.state).toMatchObject({ id, look });
    expect(caveat(snapshot)?.applies).toBe(applies);
  });

  it('names the way past, and what else is open beside the state', () => {
    const other: AuditFinding = { severity: 'open', engine: null, problem: problem('attachment-wall-changed') };
    const snapshot = shown(audited(weakened, open, other));
    expect(snapshot.filter).toEqual({ kind: 'failed', mode: 'open', problem: gone });
    expect(snapshot.health).toMatchObject([
      { code: 'attachment-wall-changed', severity: 'critical', forbidsGreen: true },
    ]);
  });

  it('says why no audit is known', () => {
    expect(shown({ kind: 'unknown', problem: unaudited }).health).toMatchObject([
      { code: 'attachment-audit-stale', forbidsGreen: true },
    ]);
  });

  it('tells what is weakened in a caveat, with file or unit', () => {
    expect(caveat(shown(audited(weakened)))).toMatchObject({
      foundBy: 'portcullis engine audit',
      details: ['attachment-file-missing /etc/x'],
    });
  });

  it('stays small enough with as many engines and findings as there can be', () => {
    const long = { ...missing, message: 'x'.repeat(500), cause: 'x'.repeat(1000), next: 'x'.repeat(500) };
    const many = Array.from({ length: 100 }, () => ({ ...open, problem: long }));
    const engines = Array.from({ length: 20 }, () => ({ ...docker, name: 'x'.repeat(100), socket: 'x'.repeat(200) }));
    const snapshot = shown({ kind: 'audited', at: 0, engines, findings: many });
    expect(Buffer.byteLength(JSON.stringify(snapshot))).toBeLessThanOrEqual(64 * 1024);
    expect(snapshot.state.id).toBe('not-enforcing');
  });
});

describe('the engines that are shown', () => {
  const engine = { kind: 'linux', name: 'Docker Engine', socket: 'unix:///run/docker.sock' } as const;
  const bypassed = {
    ...proof,
    walls: { dns: { kind: 'bypassed', problem: gone }, proxy: { kind: 'proven' } },
  } as const;
  const unknown = {
    ...proof,
    walls: { dns: { kind: 'inconclusive', problem: gone }, proxy: { kind: 'proven' } },
  } as const;
  const proven = { last: proof, lastProven: proof };
  const facts = { platform: 'linux', attachment: null, engine, proofs: proven } as const;

  it('are those of the audit', () => {
    const { id: _, ...rest } = docker;
    expect(shownEngines({ ...facts, attachment: audited() })).toEqual([{ ...rest, wayPast: false }]);
    const wayPast = (...findings: AuditFinding[]) =>
      shownEngines({ ...facts, attachment: audited(...findings) })[0]?.wayPast;
    expect(wayPast(open)).toBe(true);
    expect(wayPast({ ...open, engine: null })).toBe(true);
    expect(wayPast({ ...open, engine: 'podman' }, weakened)).toBe(false);
  });

  it.each([
    ['was proven to go by the gateway, so its settings lead there', facts, 'guard-rail'],
    ['goes past it', { ...facts, proofs: { last: bypassed, lastProven: null } }, 'nothing'],
    ['was proven before', { ...facts, proofs: { last: unknown, lastProven: proof } }, 'guard-rail'],
  ] as const)('are the one that is asked where nothing is attached: it %s', (_, given, hold) => {
    expect(shownEngines(given)).toEqual([
      ...[{ name: 'Docker Engine', version: '28', running: true, hold, wayPast: false, socket: engine.socket }].map(
        (shown) => ({
          ...shown,
          command: 'sudo portcullis engine attach',
        }),
      ),
    ]);
  });

  it('are all that root has listed where nothing is attached, with what is proven of the one that is asked', () => {
    const podman: FoundEngine = { ...docker, id: 'podman', name: 'Podman', socket: null };
    const engines = [docker, podman].map((found) => ({ ...found, hold: 'nothing' as const, command: 'attach' }));
    const attachment: AttachmentStatus = { kind: 'audited', at: 0, engines, findings: [] };
    const holds = (given: Parameters<typeof shownEngines>[0]) => shownEngines(given).map(({ hold }) => hold);
    expect(holds({ ...facts, attachment })).toEqual(['guard-rail', 'nothing']);
    expect(holds({ ...facts, attachment, proofs: { last: unknown, lastProven: null } })).toEqual([
      'nothing',
      'nothing',
    ]);
    expect(holds({ ...facts, attachment, proofs: { last: bypassed, lastProven: proof } })).toEqual([
      'nothing',
      'nothing',
    ]);
  });

  it.each([
    ['nothing was proven', { ...facts, proofs: { last: unknown, lastProven: null } }],
    ['nothing was asked', { ...facts, proofs: { last: null, lastProven: null } }],
    [
      'it does not run',
      { ...facts, proofs: { ...proven, last: { ...proof, engine: { kind: 'stopped', problem: null } } } },
    ],
    ['the gateway is away', { ...facts, attachment: undefined }],
    ['the audit is missing', { ...facts, attachment: { kind: 'unknown', problem: unaudited } }],
    ['it is the demo', { ...facts, engine: { kind: 'demo', name: 'demo', socket: null } }],
    ['nothing can be attached there', { ...facts, platform: 'darwin' }],
  ] as const)('are none where %s', (_, given) => {
    expect(shownEngines(given)).toEqual([]);
  });
});
