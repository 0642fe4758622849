import { DIRECT_PROBE_SUFFIX } from '../../../shared/probe-names.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { EngineState } from '../../../shared/state/inputs.ts';
import { askDistribution, EngineInfo, EngineVersion, engineInfo, engineVersion, errorMessage } from './docker-api.ts';
import type { Engine, EngineReport, ProbeAnswer, WallUse } from './engine.ts';
import { probePodman } from './podman-engine.ts';
import { noAnswer, readEngineError, type SaysWalled } from './probe-answer.ts';

/**
 * An engine with Docker's API, which Podman has too: it reports itself whether it has a proxy, and contacts the names of a probe by the
 * way it takes for pulls. Which of the two it is, it is asked at each inspection.
 *
 * @param description with a `socket` of the form `unix:///…` or a named pipe
 * @param isWalled nothing is, where the machine is not known to be attached with a wall
 */
export function createDockerEngine(
  description: EngineState & { socket: string },
  isWalled: SaysWalled = () => false,
): Engine {
  const socket = description.socket.replace(/^(unix|npipe):\/\//, '');
  let isPodman: boolean | null = null;

  /** Known once it has been told; what says nothing is asked as Docker's. */
  async function askWhetherPodman(signal: AbortSignal): Promise<boolean | null> {
    const answer = await engineVersion(socket, signal);
    const version = answer.kind === 'answered' && answer.status === 200 ? EngineVersion.safeParse(answer.body) : null;
    return version?.success ? version.data.Components.some(({ Name }) => Name === 'Podman Engine') : isPodman;
  }

  return {
    description,

    async inspect(signal): Promise<EngineReport> {
      const answer = await engineInfo(socket, signal);
      if (answer.kind === 'unreachable') return { kind: 'stopped', problem: socketProblem(answer.cause, description) };
      const info = answer.kind === 'answered' && answer.status === 200 ? EngineInfo.safeParse(answer.body) : null;
      if (!info?.success) {
        const cause =
          answer.kind === 'silent'
            ? `no answer to GET /info at ${description.socket}`
            : `GET /info: status ${answer.status}`;
        return { kind: 'stopped', problem: problem('engine-silent', { engine: description.name }, { cause }) };
      }
      isPodman = await askWhetherPodman(signal);
      const { ServerVersion, ...proxies } = info.data;
      return { kind: 'running', version: ServerVersion ?? null, ...wallsOf(proxies) };
    },

    async probe(host, signal): Promise<ProbeAnswer> {
      isPodman ??= await askWhetherPodman(signal);
      if (isPodman) return probePodman(socket, host, isWalled, signal);
      const answer = await askDistribution(socket, host, signal);
      if (answer.kind === 'answered') return readProbeAnswer(answer.status, errorMessage(answer.body), isWalled);
      return noAnswer(
        answer.kind === 'silent'
          ? 'the engine did not answer in time'
          : `nothing answers at its socket: ${answer.cause}`,
      );
    },
  };
}

/** Why nobody could be asked at the engine's socket. @returns null where no engine runs there. */
export function socketProblem(cause: string, { name, socket }: EngineState): Problem | null {
  if (!/\b(EACCES|EPERM)\b/.test(cause)) return null;
  return problem(
    'engine-forbidden',
    { engine: name },
    { cause: cause.includes(socket ?? '') ? cause : `${socket}: ${cause}` },
  );
}

/** Pulls are made over TLS, so `HTTPS_PROXY` is the one that counts. */
export function wallsOf(info: { HttpsProxy: string; NoProxy: string }): { dns: WallUse; proxy: WallUse } {
  if (info.HttpsProxy === '') {
    return {
      dns: { inUse: true },
      proxy: { inUse: false, why: problem('engine-without-proxy') },
    };
  }
  const proxy: WallUse = { inUse: true, via: info.HttpsProxy };
  const direct = info.NoProxy.split(',').some((entry) => entry.trim().replace(/^\./, '') === DIRECT_PROBE_SUFFIX);
  if (direct) return { dns: { inUse: true }, proxy };
  return { dns: { inUse: false, why: problem('engine-dns-behind-proxy', { suffix: DIRECT_PROBE_SUFFIX }) }, proxy };
}

/** What the engine's answer says about the walls. */
export function readProbeAnswer(status: number, message: string, isWalled: SaysWalled = () => false): ProbeAnswer {
  // A registry, or something posing as one, has answered the engine.
  if (status < 500) return { kind: 'passed', detail: message.slice(0, 1000) || `status ${status}` };
  return readEngineError(message, isWalled);
}
