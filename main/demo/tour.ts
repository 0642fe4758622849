import type { Tour } from '../../shared/schemas/tour.ts';
import { shellQuoted } from '../platform/process/shell-quoted.ts';
import { ALLOWED_REGISTRY, BLOCKED_REGISTRY, IMAGE } from './outside/outside.ts';

export interface TourOptions {
  /** null where commands find the demo without being told its socket. */
  own: { agentSocket: string } | null;
  proxy: string;
  /** What the registries' certificates are verified with. */
  caFile: string;
  /** `unix://…` of the engine in the VM, where there is one. */
  engineSocket: string | null;
}

/** The walk-through that the terminal prints and the panel shows: with an engine it pulls, without one curl asks as an engine would. */
export function tourOf({ own, proxy, caFile, engineSocket }: TourOptions): Tour {
  const pull = (registry: string): string =>
    engineSocket === null
      ? `curl -i -x http://${proxy} --cacert ${shellQuoted(caFile)} https://${registry}/v2/${IMAGE}/tags/list`
      : `docker -H ${engineSocket} pull ${registry}/${IMAGE}`;
  return {
    member: 'mia',
    owner: 'olivia',
    allowed: pull(ALLOWED_REGISTRY),
    blocked: pull(BLOCKED_REGISTRY),
    allow: `${portcullisOf(own)} hub allow ${BLOCKED_REGISTRY}`,
  };
}

/** The demo's `portcullis` command, as typed in the checkout. @param own null where commands find the demo by themselves */
export function portcullisOf(own: TourOptions['own']): string {
  return `${own === null ? '' : `PORTCULLIS_AGENT_SOCKET=${shellQuoted(own.agentSocket)} `}npm run -s portcullis --`;
}
