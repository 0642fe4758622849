import { randomFillSync } from 'node:crypto';
import { chown, readFile } from 'node:fs/promises';
import { decide } from '../../shared/decide.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { type View, withoutGrant } from '../../shared/reasons.ts';
import { grantsOf } from '../../shared/rule-set/rule-set.ts';
import type { ControlEventData, GatewayConfig, GatewayStatus } from '../../shared/schemas/control-schema.ts';
import { openManagedConfig } from '../managed-config/managed-config.ts';
import { makePrivateFolder } from '../platform/fs/atomic-file.ts';
import type { Logger } from '../platform/log/logger.ts';
import { isOwnAddress } from '../platform/net/forbidden-target.ts';
import { formatSocketAddress, parseSocketAddress } from '../platform/net/socket-address.ts';
import type { Clock } from '../platform/time/clock.ts';
import { secondsPassed } from '../platform/time/seconds-passed.ts';
import { attachmentFiles, watchAttachment } from './attachment-watch.ts';
import { ClientBlockError, createClientFilter } from './client-filter.ts';
import { type ControlHandlers, openControlSocket } from './control/control-socket.ts';
import { createEventPublisher } from './control/event-publisher.ts';
import { createDenialCounts, type DenialCounts } from './denial-counts.ts';
import { denialContextOf, denialSentence, denialText } from './denial-sentence.ts';
import { startDnsThreads } from './dns/dns-threads.ts';
import { createMachineLookup } from './dns/machine-names.ts';
import { createRandomNumbers } from './dns/random-numbers.ts';
import { lookUpAddresses } from './dns/resolve-addresses.ts';
import type { DnsRules } from './dns/responder.ts';
import { openSplitResolver, type SplitRule, type UpstreamReport } from './dns/split-resolver.ts';
import type { DnsListenAddress } from './dns/worker-messages.ts';
import { openIdentity } from './identity/gateway-identity.ts';
import type { ReadMachineId } from './identity/machine-id.ts';
import { openClockWatch } from './native/clock-watch.ts';
import { openUdpTransport } from './native/open-udp-transport.ts';
import { windowsMeans } from './native/windows-means.ts';
import { watchGrants } from './policy/grant-watch.ts';
import { openProviderKeeper } from './policy/open-provider-keeper.ts';
import { openPolicyController, type PolicyController } from './policy/policy-controller.ts';
import type { InForce } from './policy/policy-state.ts';
import type { ProviderKeeper } from './policy/provider-keeper.ts';
import { createPolicyJobRunner } from './policy/run-policy-job.ts';
import { createTimeMemory, shareTime } from './policy/shared-time.ts';
import { openStateStore, type StateStore } from './policy/state-store.ts';
import { createProbeFilter, isProbe } from './probe-filter.ts';
import { openProxies, type RegistryProxies, readUpstreamProxy } from './proxy/open-proxies.ts';
import type { ListenPlace } from './proxy/proxy.ts';
import { createAuditProbes } from './receipts/audit-probes.ts';
import { openEnrolment } from './receipts/enrolment.ts';
import { createHostUse } from './receipts/host-use.ts';
import { accountOf } from './receipts/receipt-claims.ts';
import { createReceipts } from './receipts/receipts.ts';
import type { KeptSockets, SocketPlace } from './service/kept-sockets.ts';
import { dropPrivileges, findUser, type User } from './service/privileges.ts';
import { gatewayStatus } from './status.ts';
import { createUpstreamHealth } from './upstream-health.ts';
import { openUpstreams, type ResolvConf } from './upstreams.ts';

export interface GatewayParts {
  version: string;
  clock: Clock;
  log: Logger;
  platform: NodeJS.Platform;
  resolvConf: ResolvConf;
  /** The text of the system's hosts(5). */
  hosts: () => Promise<string>;
  /** What the system tells this machine from others by. */
  machineId: ReadMachineId;
  /** Whose account this process has; null except on Windows. */
  accountSid: string | null;
  /** Opens the sockets on which the gateway listens, or takes them over, where they are to outlive it; null where each part opens its own. */
  keepSockets: (places: readonly SocketPlace[]) => Promise<KeptSockets | null>;
  /** For what cannot be fixed from within: ends the process, so that its supervisor starts it again. */
  fail: (why: string) => void;
}

/** Disposing of it stops listening, in order; what is in force stays on disk. */
export interface Gateway extends AsyncDisposable {
  status(): GatewayStatus;
}

/**
 * Starts the wall: state, managed configuration, DNS, proxy, control socket, in this order, so that nothing is answered
 * before it is known what is in force.
 * @throws ProblemError with one sentence for whatever keeps it from starting.
 */
export async function startGateway(config: GatewayConfig, parts: GatewayParts): Promise<Gateway> {
  await using starting = new AsyncDisposableStack();
  const { clock, log, platform } = parts;
  const startedAt = clock.wall();
  const uid = process.geteuid?.();
  const isKnownClient = clientFilterOf(config);
  const user = await userToBecome(config.user, uid);

  // What is in force.
  const store = await openStateFor(user, config.stateDir, uid, clock);
  const { identity, problem: identityProblem } = await openIdentity({
    ...{ folder: config.stateDir, uid: user?.uid ?? uid, user, readMachineId: parts.machineId },
  });
  if (identityProblem !== null) log.error({ problem: identityProblem }, 'identity of this gateway');
  const managed = await openManagedConfig({
    ...{ place: config.managedConfig, platform, clock, log },
    windows: await windowsMeans(),
  });
  starting.defer(() => managed.close());
  const support = (): string | undefined => managed.current().settings.supportContact;
  const time = createTimeMemory();
  let keeper: ProviderKeeper | null = null;
  const controller = await openPolicyController({
    ...{ store, clock, managed: managed.current, runJob: createPolicyJobRunner(), uid: user?.uid ?? uid },
    jkt: identity?.jkt ?? null,
    refreshKeys: async () => keeper?.refresh(),
    shareTime: (marks) => shareTime(time, marks, clock),
    watchClock: await openClockWatch(),
    log: log.child({ part: 'policy' }),
  });
  starting.defer(() => controller.close());

  // Who hears of it.
  const events = createEventPublisher();
  const announce = (): void => {
    const { generation, effective } = controller.current();
    events.publish('generation', { generation, inForce: effective });
  };
  const denials = createDenialCounts(clock, (denial) => events.publish('denial', denial));
  const hostUse = createHostUse(clock);
  const followReporting = (): void => hostUse.follow(managed.current().settings.reporting === 'hosts');
  followReporting();
  starting.defer(managed.onChange(followReporting));
  starting.defer(() => denials.close());
  const auditProbes = createAuditProbes();
  const noteProbe = (probe: ControlEventData<'probe'>): void => {
    auditProbes.saw(probe);
    events.publish('probe', probe);
  };

  // Where it listens.
  // SO_REUSEPORT distributes datagrams on Linux only.
  const workers = platform === 'linux' ? config.workers : 1;
  const dnsPlaces = listenAddresses(config).map(({ view, address }) => ({ view, address, udp: workers, tcp: workers }));
  const proxyPlaces = config.proxy.map((text) => ({ address: parseSocketAddress(text), udp: 0, tcp: 1 }));
  const kept = await parts.keepSockets([...dnsPlaces, ...proxyPlaces]);

  // DNS.
  const split = splitRules(config);
  const dnsLog = log.child({ part: 'dns' });
  const upstreams = await openUpstreams(
    config.upstreams,
    dnsPlaces.map(({ address }) => address),
    { clock, log: dnsLog, resolvConf: parts.resolvConf },
  );
  const health = createUpstreamHealth(clock, startedAt);
  const onUpstream = (report: UpstreamReport): void => {
    const { domain, state, error } = report;
    if (!health.record(report)) return;
    const level = state === 'answering' ? 'info' : 'warn';
    dnsLog[level]({ upstream: formatSocketAddress(report.address), domain, state, error }, 'resolver changed state');
    announce();
  };
  const dns = await startDnsThreads({
    ...{ listen: dnsPlaces, workers, kept },
    upstreams: upstreams.current(),
    split,
    allowFrom: config.allowFrom,
    limits: config.limits,
    time,
    rules: dnsRules(controller.current(), support()),
    onDenied: (names, since) => {
      for (const { count, ...name } of names) {
        denials.note({ ...name, wall: 'dns' }, count);
        if (name.view === 'engine') hostUse.note(name.host, undefined, true, count, since);
      }
    },
    onProbe: (probe) => noteProbe({ ...probe, wall: 'dns' }),
    onUpstream,
    onLost: (thread) => {
      // Once privileges are dropped, only whoever started us can bind its addresses again.
      if (user !== null) parts.fail(`DNS thread ${thread} could not be replaced`);
    },
    log: dnsLog,
    clock,
  });
  starting.defer(() => dns.close());
  const dnsListeners = dns.listen.map(({ address }) => address);

  // The registry proxy, with resolvers of its own.
  const resolver = openSplitResolver({
    ...{ split, onUpstream, upstreams: upstreams.current() },
    random: createRandomNumbers((bytes) => randomFillSync(bytes)),
    udp: await openUdpTransport(),
    seconds: secondsPassed(clock),
  });
  starting.defer(() => resolver.close());
  const lookUp = createMachineLookup({
    hosts: parts.hosts,
    search: upstreams.search,
    lookUp: (name) => lookUpAddresses(name, resolver),
  });
  const upstreamProxy = await readUpstreamProxy(config.upstreamProxy, uid);
  const probeNonceOf = createProbeFilter(clock);
  const listenPlaces = proxyPlaces.map((place) => listenPlace(place, kept));
  const proxies = starting.use(
    await openProxies(listenPlaces, dnsListeners, {
      isKnownClient,
      decide: (host, port) => decide(controller.current().rules, 'engine', host, port, controller.now()),
      denialSentence: (host, decision) =>
        denialSentence(host, denialContextOf(controller.current(), decision, support())),
      lookUp,
      isOwnAddress: (address) => isOwnAddress(address),
      noticeProbe: (host) => {
        const nonce = isProbe(host) ? probeNonceOf(host) : null;
        const { generation } = controller.current();
        if (nonce !== null) noteProbe({ nonce, wall: 'proxy', view: 'engine', generation, at: clock.wall() });
        return isProbe(host);
      },
      onDenied: (host, port, { allowed, reason }) => {
        denials.note({ host, port, view: 'engine', wall: 'proxy', reason, refused: !allowed }, 1);
        hostUse.note(host, port, true, 1);
      },
      onAllowed: (host, port) => hostUse.note(host, port, false, 1),
      upstreamProxy,
    }),
  );

  // What changes from now on.
  const grants = watchGrants({
    ...{ clock, now: controller.now, grants: () => grantsOf(controller.current().rules) },
    onEnd() {
      proxies.reconsider();
      announce();
      void controller.noteGrantEnd();
    },
  });
  starting.defer(() => grants.close());
  const apply = async (next: InForce): Promise<void> => {
    // First, as it takes no time: open connections must not wait for threads that are busy.
    proxies.reconsider();
    grants.follow();
    await dns.setRules(dnsRules(next, support()));
  };
  controller.attach(apply, announce);
  // What came into force while the listeners were opened.
  await apply(controller.current());
  const outbound = { lookUp, upstreamProxy, ownListeners: () => [...dnsListeners, ...proxies.addresses] };
  const providerKeeper = openProviderKeeper({ controller, managed, outbound, clock, log });
  keeper = providerKeeper;
  starting.defer(() => providerKeeper.close());
  starting.defer(
    managed.onChange(() => {
      providerKeeper.follow();
      void controller.reconsider();
    }),
  );
  providerKeeper.follow();
  // The configuration may have changed before that.
  await controller.reconsider();
  starting.defer(
    await upstreams.follow(dnsListeners, (changed) => {
      dns.setUpstreams(changed);
      resolver.setUpstreams(changed);
      announce();
    }),
  );

  const attachment = await watchAttachment(
    attachmentFiles(config.managedConfig, platform, { uid: uid ?? 0, gid: process.getegid?.() ?? 0 }),
    { clock, log: log.child({ part: 'attachment' }), onChange: announce },
  );
  starting.defer(() => attachment.close());

  // Who may ask.
  const status = (): GatewayStatus =>
    gatewayStatus(controller, {
      ...{ version: parts.version, pid: process.pid, startedAt, managed: managed.current() },
      attachment: attachment.current(),
      identity: identity && { jkt: identity.jkt, machineId: identity.machineId },
      problems: [identityProblem, providerKeeper.problem()].filter((each) => each !== null),
      listeners: {
        dns: { engine: textsOf(dns.listen, 'engine'), workload: textsOf(dns.listen, 'workload') },
        proxy: proxies.addresses.map(formatSocketAddress),
      },
      upstreams: health.list([{ domain: null, upstreams: upstreams.current() }, ...split]),
      counters: { dns: dns.counters(), proxy: proxies.counters() },
    });
  const runsAs = user?.uid ?? uid;
  const enrolment = await openEnrolment(config.stateDir, runsAs, clock);
  const receipt = createReceipts({
    identity,
    clock,
    constants: {
      version: parts.version,
      place: config.managedConfig === 'system' ? 'system' : 'trial',
      uid: runsAs ?? null,
      account: accountOf(platform, runsAs, parts.accountSid),
    },
    state: ({ aud, org }, jkt) => ({
      inForce: controller.current(),
      managed: managed.current().verdict,
      keysPinned: controller.keysPinned(),
      attachment: attachment.current(),
      probes: auditProbes.provenBy(attachment.probes()),
      enrolment: enrolment.claim({ jkt, aud, org }),
    }),
  });
  const handlers = {
    ...controlHandlers(controller, denials, status, proxies),
    ...{ receipt, hosts: () => hostUse.list() },
  };
  const control = await openControlSocket(config.control, uid, handlers, {
    resetRevision: ({ org }) => controller.resetRevision(org),
    async enrol({ code }) {
      if (identity === null) throw new ProblemError(problem('receipt-no-identity'));
      if (!(await enrolment.give(code))) throw new ProblemError(problem('enrolment-code-invalid'));
      return { jkt: identity.jkt };
    },
  });
  events.connect(starting.use(control));
  if (user !== null) {
    dropPrivileges(user);
    log.info({ user }, 'privileges dropped');
  }
  const started = starting.move();
  return { status, [Symbol.asyncDispose]: () => started.disposeAsync() };
}

/** @throws ProblemError `client-block-invalid`. */
function clientFilterOf({ allowFrom }: GatewayConfig): (address: string) => boolean {
  try {
    return createClientFilter(allowFrom);
  } catch (error) {
    if (!(error instanceof ClientBlockError)) throw error;
    throw new ProblemError(problem('client-block-invalid', { block: error.block }));
  }
}

/** null where a service manager, for one, has chosen the user already. */
async function userToBecome(name: string | undefined, uid: number | undefined): Promise<User | null> {
  return name === undefined || uid !== 0 ? null : findUser(await readFile('/etc/passwd', 'utf8'), name);
}

async function openStateFor(
  user: User | null,
  folder: string,
  uid: number | undefined,
  clock: Clock,
): Promise<StateStore> {
  if (user !== null) {
    await makePrivateFolder(folder);
    await chown(folder, user.uid, user.gid);
  }
  return openStateStore(folder, user?.uid ?? uid, clock);
}

function dnsRules(inForce: InForce, support: string | undefined): DnsRules {
  const { generation, effective, rules } = inForce;
  const reason = effective.kind === 'deny' ? effective.reason : 'not-in-policy';
  return { generation, ruleSet: rules, refusalText: denialText(denialContextOf(inForce, { reason }, support)) };
}

function controlHandlers(
  controller: PolicyController,
  denials: DenialCounts,
  status: () => GatewayStatus,
  proxies: RegistryProxies,
): Omit<ControlHandlers, 'receipt' | 'hosts'> {
  return {
    status,
    program: (offer) => controller.program(offer),
    lock: ({ reason }) => controller.lock(reason),
    release: () => controller.release(),
    explain: async ({ host, view, port, grants }) => {
      const { rules, generation } = controller.current();
      const decision = decide(rules, view, host, port, controller.now());
      const engine = view === 'engine' ? await proxies.withTarget(decision, host, port) : decision;
      return { ...(grants ? engine : withoutGrant(engine)), generation };
    },
    denials: () => denials.list(),
    generation: () => controller.current().generation,
  };
}

function listenAddresses({ dns }: GatewayConfig): DnsListenAddress[] {
  return [
    ...dns.engine.map((text) => ({ view: 'engine' as const, address: parseSocketAddress(text) })),
    ...dns.workload.map((text) => ({ view: 'workload' as const, address: parseSocketAddress(text) })),
  ];
}

function listenPlace(place: SocketPlace, kept: KeptSockets | null): ListenPlace {
  return kept === null ? place.address : { ...kept.addressOf(place), descriptor: kept.copy(place, 'tcp', 0) };
}

function splitRules({ split }: GatewayConfig): SplitRule[] {
  return Object.entries(split).map(([domain, servers]) => ({ domain, upstreams: servers.map(parseSocketAddress) }));
}

function textsOf(listeners: readonly DnsListenAddress[], of: View): string[] {
  return listeners.filter(({ view }) => view === of).map(({ address }) => formatSocketAddress(address));
}
