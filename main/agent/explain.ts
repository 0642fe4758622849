import { decide } from '../../shared/decide.ts';
import { DEFAULT_PORT, parseAddress } from '../../shared/hosts/address.ts';
import { parseImageReference } from '../../shared/hosts/image-reference.ts';
import { type Circumstances, describeExplanation } from '../../shared/messages/describe-explanation.ts';
import { wordsFor } from '../../shared/messages/words.ts';
import { type Result, success } from '../../shared/problems/problem.ts';
import type { Decision, View } from '../../shared/reasons.ts';
import type { RuleSet } from '../../shared/rule-set/rule-set.ts';
import type { Explanation } from '../../shared/schemas/ipc-schema.ts';

/** What a person asked about, and the hosts that are contacted for it. */
export interface Subject {
  kind: 'image' | 'host';
  /** As the person would name it to an owner of the policy. */
  registry: string;
  hosts: { host: string; port: number | null }[];
}

/** A host has a dot, or a colon of IPv6, and no repository. Everything else is an image. */
const HOST =
  /^(?:[a-z][a-z0-9+.-]*:\/\/.*|localhost(?::\d{1,5})?|[^/@:]*\.[^/@:]+(?::\d{1,5})?\/?|\[?[0-9a-f]*:[0-9a-f:.]+\]?(?::\d{1,5})?)$/i;

/** `ubuntu` and `ghcr.io/acme/app:1` are images, `ghcr.io` and a pasted URL are hosts. */
export function readSubject(text: string): Result<Subject> {
  const written = text.trim();
  if (HOST.test(written)) {
    const address = parseAddress(written);
    if (!address.ok) return address;
    const { host, port, kind } = address.value;
    // A pattern is no host: ask for one that it covers.
    const asked = kind === 'suffix' ? `any.${host}` : host;
    return success({ kind: 'host', registry: address.value.text, hosts: [{ host: asked, port: port ?? null }] });
  }
  const image = parseImageReference(written);
  if (!image.ok) return image;
  const { registry, hosts, port } = image.value;
  return success({
    kind: 'image',
    registry,
    hosts: hosts.map((host, index) => ({ host, port: index === 0 ? (port ?? null) : null })),
  });
}

export type Decider = (
  host: string,
  view: View,
  port: number | null,
) => Promise<Decision & { generation: number | null }>;

/** "May I pull this, and if not, whom do I ask?" */
export async function explain(
  text: string,
  subject: Subject,
  circumstances: Circumstances,
  decider: Decider,
): Promise<Explanation> {
  let generation: number | null = null;
  const hosts: Explanation['hosts'] = [];
  for (const { host, port } of subject.hosts) {
    // A pull uses port 443 by default; what a bare host is used for is unknown.
    const asked = port ?? (subject.kind === 'image' ? DEFAULT_PORT : null);
    const { generation: answeredBy, ...engine } = await decider(host, 'engine', asked);
    const { generation: _same, ...workload } = await decider(host, 'workload', asked);
    generation = answeredBy;
    hosts.push({ host, port, engine, workload });
  }
  const { registry, kind } = subject;
  return {
    subject: text,
    kind,
    registry,
    allowed: hosts.every(({ engine }) => engine.allowed),
    hosts,
    ...describeExplanation({ hosts, registry }, circumstances, wordsFor('en', 'en')),
    generation,
  };
}

/** Decides by these rules, while the gateway does not answer. */
export function ownDecider(rules: RuleSet): Decider {
  return async (host, view, port) => ({ ...decide(rules, view, host, port ?? undefined), generation: null });
}
