import { randomBytes, randomFillSync } from 'node:crypto';
import { chown, readFile } from 'node:fs/promises';
import { decide } from '../../shared/decide.ts';
import type { Reason } from '../../shared/reasons.ts';
import type { GatewayConfig, GatewayStatus, ProgrammedPolicy } from '../../shared/schemas/control-schema.ts';
import { openManagedConfig } from '../managed-config/managed-config.ts';
import { makePrivateFolder } from '../platform/fs/atomic-file.ts';
import type { Logger } from '../platform/log/logger.ts';
import { formatSocketAddress, parseSocketAddress, type SocketAddress } from '../platform/net/socket-address.ts';
import type { Clock } from '../platform/time/clock.ts';
import { every } from '../platform/time/every.ts';
import { secondsPassed } from '../platform/time/seconds-passed.ts';
import { bindProblem } from './bind-problem.ts';
import { clientFilter } from './client-filter.ts';
import { type ControlSocket, openControlSocket } from './control/control-socket.ts';
import { createDenialCounts } from './denial-counts.ts';
import { type DenialContext, denialSentence, denialText } from './denial-sentence.ts';
import { startDnsThreads } from './dns/dns-threads.ts';
import { createRandomNumbers } from './dns/random-numbers.ts';
import { createEmptyReadingFilter, nameserversOf } from './dns/resolv-conf.ts';
import { lookUpAddresses } from './dns/resolve-addresses.ts';
import type { DnsRules } from './dns/responder.ts';
import { openSplitResolver, type UpstreamReport } from './dns/split-resolver.ts';
import { openUdpTransport } from './native/open-udp-transport.ts';
import { openPolicyController } from './policy/policy-controller.ts';
import type { VerifiedPolicyDocument } from './policy/policy-job.ts';
import type { InForce } from './policy/policy-state.ts';
import { runPolicyJob } from './policy/run-policy-job.ts';
import { openStateStore } from './policy/state-store.ts';
import { createProbeFilter, isProbe } from './probe-filter.ts';
import { openProxy, type RegistryProxy } from './proxy/proxy.ts';
import { readProxyCredentials } from './proxy/proxy-credentials.ts';
import { become, userIn } from './service/privileges.ts';
import { createUpstreamHealth } from './upstream-health.ts';

export interface GatewayParts {
  version: string;
  clock: Clock;
  log: Logger;
  platform: NodeJS.Platform;
  /** The system's resolvers as a text of resolv.conf(5). */
  resolvConf: () => Promise<string>;
  /** What cannot be mended from within: the process is to end, so that it is started anew. */
  fail: (why: string) => void;
}

export interface Gateway {
  status(): GatewayStatus;
  /** Stops listening, at once and in order; what is in force stays on disk. */
  stop(): Promise<void>;
}

const RESOLV_CONF_CHECK_MS = 5_000;
const MARKS_SHOWN = 100;

/**
 * Starts the wall: state, managed configuration, DNS, proxy, control socket, in this order, so that nothing is answered
 * before it is known what is in force.
 * @throws ProblemError with one sentence for whatever keeps it from starting.
 */
export async function startGateway(config: GatewayConfig, parts: GatewayParts): Promise<Gateway> {
  const { clock, log, version } = parts;
  const startedAt = clock.wall();
  const uid = process.geteuid?.();
  /** Undone in reverse order, at the end or when a later step fails. */
  const undo: (() => unknown)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };

  try {
    const isKnownClient = clientFilter(config.allowFrom);
    // Whoever runs as another user already, by a service manager for one, has nothing to give up.
    const user =
      config.user === undefined || uid !== 0 ? null : userIn(await readFile('/etc/passwd', 'utf8'), config.user);
    const stateOwner = user?.uid ?? uid;
    if (user !== null) {
      await makePrivateFolder(config.stateDir);
      await chown(config.stateDir, user.uid, user.gid);
    }
    const store = await openStateStore(config.stateDir, stateOwner, clock);
    const managed = await openManagedConfig({ place: config.managedConfig, platform: parts.platform, clock, log });
    undo.push(() => managed.close());
    const controller = await openPolicyController({
      store,
      managed: managed.current,
      runJob: runPolicyJob,
      clock,
      log,
      uid: stateOwner,
    });
    undo.push(() => controller.close());

    let control: ControlSocket | null = null;
    const announce = (): void => {
      const { generation, effective } = controller.current();
      control?.publish('generation', { generation, inForce: effective });
    };
    const denials = createDenialCounts(clock, (denial) => control?.publish('denial', denial));
    undo.push(() => denials.close());

    const configured = config.upstreams === 'system' ? null : config.upstreams.map(parseSocketAddress);
    let upstreams: SocketAddress[] = [];
    const readUpstreams = async (own: SocketAddress[]): Promise<SocketAddress[]> =>
      configured ?? nameserversOf(await parts.resolvConf().catch(() => ''), own);

    const health = createUpstreamHealth(clock, startedAt);
    const onUpstream = (report: UpstreamReport): void => {
      const { domain, state, error } = report;
      if (!health.record(report)) return;
      const level = state === 'answering' ? 'info' : 'warn';
      log[level]({ upstream: formatSocketAddress(report.address), domain, state, error }, 'state of a resolver');
      announce();
    };

    const split = Object.entries(config.split).map(([domain, servers]) => ({
      domain,
      upstreams: servers.map(parseSocketAddress),
    }));
    const views = [
      ...config.dns.engine.map((text) => ({ view: 'engine' as const, address: parseSocketAddress(text) })),
      ...config.dns.workload.map((text) => ({ view: 'workload' as const, address: parseSocketAddress(text) })),
    ];
    upstreams = await readUpstreams(views.map(({ address }) => address));
    // SO_REUSEPORT deals out datagrams on Linux only.
    const workers = parts.platform === 'linux' ? config.workers : 1;
    const dns = await startDnsThreads({
      listen: views,
      workers,
      upstreams,
      split,
      allowFrom: config.allowFrom,
      limits: config.limits,
      rules: dnsRules(controller.current()),
      onDenied: (names) => {
        for (const { count, ...name } of names) denials.note({ ...name, wall: 'dns' }, count);
      },
      onProbe: (probe) => control?.publish('probe', { ...probe, wall: 'dns', at: clock.wall() }),
      onUpstream,
      onLost: (thread) => {
        // Who gave up the right to bind its addresses cannot replace it; who started us can.
        if (user !== null) parts.fail(`DNS thread ${thread} could not be replaced`);
      },
      log,
    });
    undo.push(() => dns.close());

    const resolvers = openSplitResolver({
      upstreams,
      split,
      random: createRandomNumbers((bytes) => randomFillSync(bytes)),
      udp: await openUdpTransport(),
      seconds: secondsPassed(clock),
      onUpstream,
    });
    undo.push(() => resolvers.close());

    const probeNonceOf = createProbeFilter(clock);
    const proxies: RegistryProxy[] = [];
    const own = (): SocketAddress[] => [...dns.listen, ...proxies].map(({ address }) => address);
    const upstreamProxy = config.upstreamProxy
      ? {
          ...hostAndPort(config.upstreamProxy.address),
          except: config.upstreamProxy.except,
          authorization:
            config.upstreamProxy.credentials === undefined
              ? null
              : await readProxyCredentials(config.upstreamProxy.credentials, uid),
        }
      : null;
    const pseudonym = `portcullis-${randomBytes(6).toString('hex')}`;
    for (const text of config.proxy) {
      const address = parseSocketAddress(text);
      const proxy = await openProxy(address, pseudonym, {
        decide: (host, port) => decide(controller.current().rules, 'engine', host, port),
        denialSentence: (host, decision) => denialSentence(host, denialContext(controller.current(), decision.reason)),
        lookUp: (host) => lookUpAddresses(host, resolvers),
        isKnownClient,
        noticeProbe: (host) => {
          if (!isProbe(host)) return false;
          const nonce = probeNonceOf(host);
          const { generation } = controller.current();
          if (nonce !== null) {
            control?.publish('probe', { nonce, wall: 'proxy', view: 'engine', generation, at: clock.wall() });
          }
          return true;
        },
        onDenied: (host, port, { allowed, reason }) =>
          denials.note({ host, port, view: 'engine', wall: 'proxy', reason, refused: !allowed }, 1),
        upstreamProxy,
        ownListeners: own,
      }).catch((error: NodeJS.ErrnoException) => {
        throw bindProblem(address, error.code ?? error.message);
      });
      proxies.push(proxy);
      undo.push(() => proxy[Symbol.asyncDispose]());
    }

    const apply = async (next: InForce): Promise<void> => {
      // First, as it takes no time: what is under way must not wait for threads that are busy.
      for (const proxy of proxies) proxy.reconsider();
      await dns.setRules(dnsRules(next));
    };
    controller.attach(apply, announce);
    // What came into force while the listeners were opened.
    await apply(controller.current());
    undo.push(managed.onChange(() => void controller.reconsider()));
    // Managed while we were not looking.
    await controller.reconsider();

    if (configured === null) {
      const isUsed = createEmptyReadingFilter();
      const follow = async (): Promise<void> => {
        const read = await readUpstreams(dns.listen.map(({ address }) => address));
        if (!isUsed(read) || JSON.stringify(read) === JSON.stringify(upstreams)) return;
        upstreams = read;
        log.info({ upstreams: upstreams.map(formatSocketAddress) }, 'system resolvers changed');
        dns.setUpstreams(upstreams);
        resolvers.setUpstreams(upstreams);
        announce();
      };
      undo.push(
        every(clock, RESOLV_CONF_CHECK_MS, follow, (error) =>
          log.error({ err: error }, 'the system resolvers could not be looked at'),
        ),
      );
    }

    const listed = (view: 'engine' | 'workload'): string[] =>
      dns.listen.filter((listener) => listener.view === view).map(({ address }) => formatSocketAddress(address));
    const status = (): GatewayStatus => {
      const { generation, effective, policy } = controller.current();
      const membership = controller.membership()?.claims ?? null;
      const total = { allowed: 0, denied: 0, malformed: 0, open: 0 };
      for (const proxy of proxies) {
        const counters = proxy.counters();
        for (const name of ['allowed', 'denied', 'malformed', 'open'] as const) total[name] += counters[name];
      }
      return {
        version,
        pid: process.pid,
        startedAt,
        listeners: {
          dns: { engine: listed('engine'), workload: listed('workload') },
          proxy: proxies.map(({ address }) => formatSocketAddress(address)),
        },
        upstreams: health.list([{ domain: null, upstreams }, ...split]),
        managed: managed.current(),
        generation,
        inForce: effective,
        policy: policy && programmed(policy),
        membership: membership && { org: membership.org, sub: membership.sub, exp: membership.exp },
        lock: controller.lockHeld(),
        // The last ones: a status has to fit into one message, however long the issuers are called.
        highest: controller
          .highest()
          .slice(-MARKS_SHOWN)
          .map(({ iss, org, revision, iat }) => ({ iss, org, revision, iat })),
        keysPinned: controller.keysPinned(),
        lastRefusal: controller.lastRefusal(),
        problems: controller.problems(),
        counters: { dns: dns.counters(), proxy: total },
      };
    };

    control = await openControlSocket(
      config.control,
      uid,
      {
        status,
        program: (request) => controller.program(request),
        lock: ({ reason }) => controller.lock(reason),
        release: () => controller.release(),
        explain: ({ host, view, port }) => {
          const { rules, generation } = controller.current();
          return { ...decide(rules, view, host, port), generation };
        },
        denials: () => denials.told(),
        generation: () => controller.current().generation,
      },
      { resetRevision: ({ org }) => controller.resetRevision(org) },
    );
    const opened = control;
    undo.push(() => opened.close());
    if (user !== null) {
      become(user);
      log.info({ user }, 'privileges given up');
    }
    return { status, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Of an address that the schema has judged; the host may be a name. */
function hostAndPort(address: string): SocketAddress {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
}

function programmed({ claims, rules, digest }: VerifiedPolicyDocument): ProgrammedPolicy {
  const { iss, org, revision, iat, exp, enabled, mode, contact } = claims;
  return {
    ...{ iss, org, revision, iat, exp, enabled, mode, digest },
    ...(contact === undefined ? {} : { contact }),
    ...rules.counts,
  };
}

function denialContext({ effective, policy }: InForce, reason: Reason): DenialContext {
  if (effective.kind === 'policy') {
    return { reason, organizations: [effective.org], contact: policy?.claims.contact ?? null };
  }
  const organizations = effective.kind === 'deny' ? effective.organizations : [];
  return { reason, organizations, contact: null };
}

function dnsRules(inForce: InForce): DnsRules {
  const { generation, effective, rules } = inForce;
  const reason = effective.kind === 'deny' ? effective.reason : 'not-in-policy';
  return { generation, ruleSet: rules, refusalText: denialText(denialContext(inForce, reason)) };
}
