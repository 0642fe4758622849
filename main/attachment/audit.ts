import { problem } from '../../shared/problems/catalogue.ts';
import type { AttachmentAudit, AuditFinding, EngineId, FoundEngine, Hold } from '../../shared/schemas/attachment.ts';
import type { AuditFacts } from './audit-facts.ts';
import { ENGINE_UNITS, engineEnvironment, unitsOf } from './files.ts';
import type { InstalledEngine } from './find-engines.ts';
import type { AttachmentRecord } from './record.ts';
import { rootlessFindings } from './rootless.ts';
import type { UnitFacts } from './units.ts';

/** Those that pull as whoever calls them, or under a user's own systemd: their settings lead through the gateway, and nothing more. */
const GUARD_RAILS: readonly EngineId[] = ['podman', 'docker-rootless'];

/** All but what was probed. */
export type AuditResult = Omit<AttachmentAudit, 'probes' | 'probedGateway'>;

/**
 * What is not as it was attached, and whether there is a way past the gateway. Pure.
 *
 * @param now milliseconds since 1970
 */
export function audit(facts: AuditFacts, now: number): AuditResult {
  const findings = [
    ...wallFindings(facts),
    ...facts.units.flatMap((unit) => unitFindings(unit, facts)),
    ...strayFindings(facts),
    ...rootlessFindings(facts.rootless, facts.record),
    ...fileFindings(facts),
  ];
  return { version: 1, at: now, engines: foundEngines(facts.engines, facts.record), findings };
}

/** Each engine of the machine with what holds it. @param record null where nothing is attached. */
export function foundEngines(engines: readonly InstalledEngine[], record: AttachmentRecord | null): FoundEngine[] {
  return engines.map(({ id, name, version, running, socket }) => {
    const hold = holdOf(id, record);
    const command = hold === 'nothing' && id !== 'docker-desktop' ? 'sudo portcullis engine attach' : null;
    return { id, name, version, running, hold, socket, command };
  });
}

function holdOf(id: EngineId, record: AttachmentRecord | null): Hold {
  if (!record?.engines.includes(id)) return 'nothing';
  return GUARD_RAILS.includes(id) ? 'guard-rail' : 'wall';
}

type Severity = AuditFinding['severity'];

function finding(severity: Severity, engine: EngineId | null, what: AuditFinding['problem']): AuditFinding {
  return { severity, engine, problem: what };
}

function wallFindings({ table, wantedTable, guard, record }: AuditFacts): AuditFinding[] {
  const holdsEngines = record.wall === 'nftables' && unitsOf(record.engines).length > 0;
  if (table === null) return [finding(holdsEngines ? 'open' : 'weakened', null, problem('attachment-wall-gone'))];
  const findings: AuditFinding[] = [];
  if (wantedTable === null) {
    findings.push(finding('weakened', null, problem('attachment-wall-not-compared')));
  } else if (rulesOf(table) !== rulesOf(wantedTable)) {
    const cause = firstDifference(rulesOf(wantedTable), rulesOf(table));
    findings.push(finding('open', null, problem('attachment-wall-changed', {}, { cause })));
  }
  if (guard === null || !guard.loaded || !guard.active) {
    findings.push(finding('weakened', null, problem('attachment-guard-not-active')));
  }
  return findings;
}

function unitFindings(unit: UnitFacts, facts: AuditFacts): AuditFinding[] {
  const { record, table, environments } = facts;
  const engine = engineOf(unit.id);
  const findings: AuditFinding[] = [];
  const running = unit.controlGroup !== '' && unit.active;
  if (running && record.wall === 'nftables' && table !== null && !heldGroups(table).has(unit.controlGroup.slice(1))) {
    findings.push(finding('open', engine, problem('attachment-engine-outside-wall', { unit: unit.id })));
  }
  const guarded =
    record.wall === 'nftables'
      ? unit.startPre.includes('/etc/portcullis/attachment/guard.sh enter')
      : unit.deniesAddresses;
  if (unit.loaded && !guarded) {
    findings.push(finding('open', engine, problem('attachment-start-not-guarded', { unit: unit.id })));
  }
  const environment = environments.get(unit.id);
  if (environment != null) {
    const proxy = engineEnvironment(record).HTTPS_PROXY;
    if (environment.HTTPS_PROXY !== proxy) {
      const cause = environment.HTTPS_PROXY === undefined ? 'HTTPS_PROXY is not set' : 'HTTPS_PROXY has another value';
      // Behind the wall its pulls fail; it is no way past.
      findings.push(finding('weakened', engine, problem('attachment-proxy-missing', { unit: unit.id }, { cause })));
    }
  }
  if (unit.needsReload) {
    findings.push(finding('weakened', engine, problem('attachment-reload-needed', { unit: unit.id })));
  }
  return findings;
}

/** Engines that somebody has started past their service, in the machine's own network. */
function strayFindings({ processes, record, table, units }: AuditFacts): AuditFinding[] {
  const held = table === null ? new Set<string>() : heldGroups(table);
  const known = new Set(units.map(({ controlGroup }) => controlGroup));
  return processes
    .filter(
      ({ hostNetwork, controlGroup }) => hostNetwork && !held.has(controlGroup.slice(1)) && !known.has(controlGroup),
    )
    .filter(({ controlGroup }) => !isNotAttached(controlGroup, record))
    .map(({ pid, program, controlGroup }) =>
      finding('open', null, problem('attachment-stray-engine', { program, pid }, { cause: controlGroup })),
    );
}

/** An engine whose service was left out on purpose is shown as not attached, and is no stray. */
function isNotAttached(controlGroup: string, { engines }: AttachmentRecord): boolean {
  return Object.entries(ENGINE_UNITS).some(
    ([id, unit]) => controlGroup.endsWith(`/${unit}`) && !engines.some((engine) => engine === id),
  );
}

function fileFindings({ changedFiles, daemonProxyLine }: AuditFacts): AuditFinding[] {
  const findings = changedFiles.map(({ path, missing, line }) =>
    finding(
      // The next start of an engine, or of the machine, goes by these.
      /\/guard\.(sh|nft)$/.test(path) ? 'open' : 'weakened',
      null,
      missing
        ? problem('attachment-file-missing', { file: path })
        : problem('attachment-file-changed', { file: path, line }),
    ),
  );
  if (daemonProxyLine !== null) {
    findings.push(
      finding(
        'weakened',
        'docker',
        problem('attachment-daemon-proxy', { file: '/etc/docker/daemon.json', line: daemonProxyLine }),
      ),
    );
  }
  return findings;
}

function engineOf(unit: string): EngineId | null {
  const entry = Object.entries(ENGINE_UNITS).find(([, name]) => name === unit);
  return (entry?.[0] as EngineId | undefined) ?? null;
}

/** The listing without what the guard fills in while engines come and go. */
export function rulesOf(listing: string): string {
  return listing.replaceAll(/(\tset engines_\d \{\n[^}]*?)\t\telements = \{[^}]*\}\n/g, '$1');
}

/** The control groups in the sets. A group that is gone is listed as a bare number, and holds nothing. */
export function heldGroups(listing: string): Set<string> {
  const groups = new Set<string>();
  for (const [, elements = ''] of listing.matchAll(/\tset engines_\d \{\n[^}]*?elements = \{([^}]*)\}/g)) {
    for (const [, group] of elements.matchAll(/"([^"]+)"/g)) if (group !== undefined) groups.add(group);
  }
  return groups;
}

function firstDifference(wanted: string, present: string): string {
  const lines = present.split('\n').map((line) => line.trim());
  const gone = wanted.split('\n').find((line) => !lines.includes(line.trim()));
  const wantedLines = wanted.split('\n').map((line) => line.trim());
  const added = present.split('\n').find((line) => !wantedLines.includes(line.trim()));
  if (gone !== undefined) return `missing: ${gone.trim()}`;
  return added === undefined ? 'the order of the rules' : `added: ${added.trim()}`;
}
