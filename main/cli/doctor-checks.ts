import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import type { Snapshot, WallState } from '../../shared/schemas/snapshot.ts';
import { isInOrder } from '../../shared/state/derive-state.ts';
import { belongs, isKept } from '../../shared/state/session.ts';

/** One thing that has to be so for pulls to be restricted as the organization wants. */
export interface Check {
  name: string;
  /** `skipped`: it does not apply here, or depends on a check that failed. */
  outcome: 'ok' | 'failed' | 'skipped';
  problem: Problem | null;
  /** One command to copy; null where no command helps. */
  command: string | null;
}

/** Those of a machine whose agent does not answer: nothing else can be asked. */
export function checksWithoutAgent(reason: Problem): Check[] {
  return [failed('Portcullis is running', reason, 'portcullis agent run')];
}

/** The check that was made just now has failed. */
export function checkFailed(reason: Problem): Check {
  return failed('The filter was checked just now', reason, 'portcullis status --check');
}

/** In the order in which one depends on the other. */
export function checksOf(snapshot: Snapshot): Check[] {
  const { state, managed, session, policy, sync, gateway, walls, health } = snapshot;
  const unusable = managed !== null && (managed.verdict === 'malformed' || managed.verdict === 'unreadable');
  const isMember = session !== null && belongs(session);
  const isManaged = managed !== null && managed.verdict !== 'absent';
  const checks: Check[] = [ok('Portcullis is running')];

  const configuration = 'The managed configuration is valid';
  if (unusable) checks.push(failed(configuration, managed.problems[0] ?? null, 'portcullis managed-config check'));
  else if (state.cause === 'no-policy-key') {
    const missing = problem('no-policy-key', { organizations: managed?.allowedOrgs ?? [] });
    checks.push(failed(configuration, missing, 'portcullis managed-config check'));
  } else checks.push(isManaged ? ok(configuration) : skipped(configuration));

  const running = 'The gateway is running';
  if (gateway.connected) checks.push(ok(running));
  else checks.push(failed(running, gateway.problem ?? problem('gateway-away'), 'portcullis gateway status'));

  const signedIn = 'A member of the organization is signed in';
  if (isMember && session.kind !== 'credential-unreadable') checks.push(ok(signedIn));
  else if (!isManaged && !isMember) checks.push(skipped(signedIn));
  else {
    const isKeptSession = session !== null && isKept(session);
    const command = isKeptSession ? 'portcullis managed-config check' : 'portcullis sign-in';
    checks.push(failed(signedIn, problemOf(session), command));
  }

  const current = 'The policy is valid and current';
  if (!isMember) checks.push(skipped(current));
  else if (policy?.kind === 'fresh' && sync.problem === null) checks.push(ok(current));
  else
    checks.push(
      failed(current, policy !== null && 'problem' in policy ? policy.problem : sync.problem, 'portcullis sync'),
    );

  checks.push(wallCheck('The DNS filter blocks a test name', walls.dns, snapshot));
  checks.push(wallCheck('The registry proxy blocks a test name', walls.proxy, snapshot));
  const attached = 'Each engine that runs is attached';
  const past = snapshot.engines.find(({ hold, running }) => running && hold === 'nothing');
  if (past !== undefined) {
    checks.push(failed(attached, problem('engine-unattached', { engine: past.name }), past.command));
  } else if (snapshot.engines.length > 0) checks.push(ok(attached));
  for (const entry of health.filter(({ severity }) => severity !== 'info')) {
    checks.push(failed('No warnings', entry, 'portcullis report'));
  }
  // Whatever the checks above do not know of: this is what every screen says.
  if (!isInOrder(snapshot) && checks.every(({ outcome }) => outcome !== 'failed')) {
    checks.push(failed(`The state is in order, not ${snapshot.state.code}`, null, 'portcullis status'));
  }
  return checks;
}

function wallCheck(name: string, wall: WallState, { gateway, session }: Snapshot): Check {
  if (!gateway.connected || session === null) return skipped(name);
  switch (wall.kind) {
    case 'proven':
      return ok(name);
    case 'unproven':
      return failed(name, wall.why, 'portcullis status --check');
    case 'not-in-use':
      return { name, outcome: 'skipped', problem: wall.why, command: null };
  }
}

function problemOf(session: Snapshot['session']): Problem | null {
  if (session === null || !('problem' in session)) return null;
  return session.problem ?? null;
}

function ok(name: string): Check {
  return { name, outcome: 'ok', problem: null, command: null };
}

function skipped(name: string): Check {
  return { name, outcome: 'skipped', problem: null, command: null };
}

function failed(name: string, reason: Problem | null, command: string | null): Check {
  return { name, outcome: 'failed', problem: reason, command };
}
