import { optInOf } from '../../shared/catalogue/opt-in.ts';
import { decide } from '../../shared/decide.ts';
import { DEFAULT_PORT, parseAddress } from '../../shared/hosts/address.ts';
import { parseImageReference } from '../../shared/hosts/image-reference.ts';
import { readPasted } from '../../shared/hosts/pasted.ts';
import { type Circumstances, describeExplanation } from '../../shared/messages/describe-explanation.ts';
import { wordsFor } from '../../shared/messages/words.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { failure, type Result, success } from '../../shared/problems/problem.ts';
import type { Decision, View } from '../../shared/reasons.ts';
import type { RuleSet } from '../../shared/rule-set/rule-set.ts';
import type { Explanation } from '../../shared/schemas/ipc-schema.ts';
import { withTarget } from '../platform/net/forbidden-target.ts';

/** What a person asked about, and the hosts that are contacted for it. */
export interface Subject {
  kind: 'image' | 'host';
  /** What was understood, where it is not what was written. */
  readAs: string | null;
  /** As the person would name it to an owner of the policy. */
  registry: string;
  hosts: { host: string; port: number | null }[];
}

/** A host has a dot, or a colon of IPv6, and no repository. Everything else is an image. */
const HOST =
  /^(?:[a-z][a-z0-9+.-]*:\/\/.*|localhost(?::\d{1,5})?|[^/@:]*\.[^/@:]+(?::\d{1,5})?\/?|\[?[0-9a-f]*:[0-9a-f:.]+\]?(?::\d{1,5})?)$/i;

/** `ubuntu` and `ghcr.io/acme/app:1` are images, `ghcr.io` is a host; what is pasted is read as it is meant (`readPasted`). */
export function readSubject(text: string): Result<Subject> {
  const written = readPasted(text);
  const readAs = written === text.trim() ? null : written;
  if (HOST.test(written)) {
    const address = parseAddress(written);
    if (!address.ok) return address;
    const { host, port, kind } = address.value;
    // A pattern is no host: ask for one that it covers.
    const asked = kind === 'suffix' ? `any.${host}` : host;
    return success({
      kind: 'host',
      readAs,
      registry: address.value.text,
      hosts: [{ host: asked, port: port ?? null }],
    });
  }
  if (written === 'scratch') return failure(problem('image-scratch'));
  const image = parseImageReference(written);
  if (!image.ok) return image;
  const { registry, hosts, port } = image.value;
  return success({
    kind: 'image',
    readAs,
    registry,
    hosts: hosts.map((host, index) => ({ host, port: index === 0 ? (port ?? null) : null })),
  });
}

export type Decider = (
  host: string,
  view: View,
  port: number | null,
) => Promise<Decision & { generation: number | null }>;

/** Whether the organization's list has a line for a host of `optInOf`. */
export type IsListed = (host: string) => Promise<boolean>;

/**
 * "May I pull this, and if not, whom do I ask?"
 *
 * @param isListed asked about hosts that are patterns; the decider knows all others.
 */
export async function explain(
  text: string,
  subject: Subject,
  circumstances: Circumstances,
  decider: Decider,
  isListed: IsListed,
): Promise<Explanation> {
  let generation: number | null = null;
  const hosts: Explanation['hosts'] = [];
  for (const { host, port } of subject.hosts) {
    // A pull uses port 443 by default; what a bare host is used for is unknown.
    const asked = port ?? (subject.kind === 'image' ? DEFAULT_PORT : null);
    const { generation: answeredBy, ...engine } = await decider(host, 'engine', asked);
    const { generation: _same, ...workload } = await decider(host, 'workload', asked);
    generation = answeredBy;
    hosts.push({ host, port, engine: forAll(engine), workload: forAll(workload) });
  }
  const { registry, kind, readAs } = subject;
  const allowed = hosts.every(({ engine }) => engine.allowed);
  return {
    subject: text,
    readAs,
    kind,
    registry,
    allowed,
    hosts,
    mayNeed: allowed ? await mayNeed(registry, decider, isListed) : [],
    ...describeExplanation({ hosts, registry }, circumstances, wordsFor('en', 'en')),
    generation,
  };
}

/** A command line of before grants knows no reason of theirs. What a grant says beside it, `until` and `teams`, tells the others. */
function forAll(decision: Decision): Decision {
  return decision.reason === 'allowed-by-grant' ? { ...decision, reason: 'allowed-by-policy' } : decision;
}

/** The hosts that a pull may be redirected to and that are not allowed, because they take a line of their own. */
async function mayNeed(registry: string, decider: Decider, isListed: IsListed): Promise<Explanation['mayNeed']> {
  const address = parseAddress(registry);
  const missing: Explanation['mayNeed'] = [];
  for (const { host, rarely, note } of address.ok ? optInOf(address.value) : []) {
    const sample = host.replace('*', 'any').replaceAll(/<[a-z]+>/g, 'any');
    const { allowed, reason, wouldDeny } = await decider(sample, 'engine', DEFAULT_PORT);
    const isAllowed = allowed && !(reason === 'audit-only' && wouldDeny === true);
    if (isAllowed || (sample !== host && (await isListed(host)))) continue;
    missing.push({ host, rarely: rarely ?? false, note: note ?? null });
  }
  return missing;
}

/** Decides by these rules, while the gateway does not answer. @param now milliseconds since 1970 */
export function ownDecider(rules: RuleSet, now: number): Decider {
  return async (host, view, port) => {
    const decision = decide(rules, view, host, port ?? undefined, Math.floor(now / 1000));
    const engine = view === 'engine' ? withTarget(decision, host, port ?? undefined, []) : decision;
    return { ...engine, generation: null };
  };
}
