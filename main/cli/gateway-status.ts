import type { TimeFormat } from '../../shared/messages/format.ts';
import { fileProblemText, problemText } from '../../shared/problems/problem-line.ts';
import { controlMethods, type GatewayStatus, type UpstreamHealth } from '../../shared/schemas/control-schema.ts';
import { shortId } from '../../shared/schemas/receipt.ts';
import { english } from './english.ts';
import { askGateway } from './gateway-ask.ts';
import type { GatewayPlace } from './gateway-place.ts';
import { printLine, printTable } from './print.ts';

/** Together with the start of the program, a gateway that hangs shows within three seconds. */
const ANSWER_MS = 2_000;

/** @throws ProblemError as `askGateway`. */
export function statusAt(place: GatewayPlace): Promise<GatewayStatus> {
  return askGateway(place, place.control, controlMethods, ANSWER_MS, (gateway) => gateway.call('status', {}));
}

/** @param now milliseconds since 1970 */
export function printGatewayStatus(status: GatewayStatus, { control, keptBy }: GatewayPlace, now: number): void {
  const time = english.time;
  const { listeners, counters } = status;
  printTable([
    ['In force', inForce(status)],
    ['Generation', String(status.generation)],
    [
      'Running',
      `version ${status.version}, protocol ${status.protocol}, PID ${status.pid}, started ${time.ago(status.startedAt, now)}`,
    ],
    ['Socket', `${control}${keptBy === 'demo' ? ' (demo)' : ''}`],
    ['DNS', listeners.dns.engine.join(', ')],
    ['DNS for containers', listeners.dns.workload.join(', ') || null],
    ['Proxy', listeners.proxy.join(', ') || null],
    ['Configuration', `${status.managed.verdict}${status.managed.source === null ? '' : `, ${status.managed.source}`}`],
    ['Blocked', `${counters.dns.denied} by DNS, ${counters.proxy.denied} by the proxy`],
    ...status.upstreams.map((upstream): [string, string] => ['Resolver', resolver(upstream, now, time)]),
    ['Identifier', status.identity && shortId(status.identity.jkt)],
    ['Attached engines', attachedEngines(status, now, time)],
    ['Last rejection', status.lastRefusal && problemText(status.lastRefusal)],
  ]);
  const severity = status.managed.verdict === 'present' ? 'warning' : 'error';
  for (const problem of status.managed.problems) printLine(`${severity}: ${fileProblemText(problem)}`);
  for (const problem of status.problems) printLine(`error: ${problemText(problem)}`);
  if (status.attachment?.kind !== 'audited') return;
  for (const { severity, problem } of status.attachment.findings) {
    printLine(`${severity === 'open' ? 'error' : 'warning'}: ${problemText(problem)}`);
  }
}

function attachedEngines({ attachment }: GatewayStatus, now: number, time: TimeFormat): string | null {
  if (attachment === null) return null;
  if (attachment.kind === 'unknown') return problemText(attachment.problem);
  const attached = attachment.engines
    .filter(({ hold }) => hold !== 'nothing')
    .map(({ name, hold }) => `${name} (${hold})`);
  return `${attached.join(', ') || 'none'}, audited ${time.ago(attachment.at, now)}`;
}

function inForce({ inForce: force }: GatewayStatus): string {
  switch (force.kind) {
    case 'policy':
      return `revision ${force.revision} of ${force.org}`;
    case 'open':
      return `no restrictions (${force.reason})`;
    case 'deny':
      return `all pulls blocked (${force.reason})`;
  }
}

function resolver({ address, domain, state, since, lastError }: UpstreamHealth, now: number, time: TimeFormat): string {
  const { proof } = english.panel;
  return [
    `${address}${domain === null ? '' : ` ${proof.resolverFor(domain)}`} ${proof.resolver[state]}`,
    ...(state === 'not-asked' ? [] : [time.ago(since, now)]),
    ...(lastError === null ? [] : [`last error ${time.ago(lastError.at, now)}: ${lastError.text}`]),
  ].join(', ');
}
