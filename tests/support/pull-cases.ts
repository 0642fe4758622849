/** One way to name a registry, or to have the engine go to another one, and what becomes of it on an attached machine. */
export interface PullCase {
  /** As the guide names it. */
  readonly title: string;
  /** ALLOWED and OTHER are registries outside, of which only the first is allowed; ADDRESS is OTHER's. */
  readonly image: string;
  /** `registry-mirrors` of the engine. */
  readonly mirror?: string;
  /** Lines for the machine's hosts file. */
  readonly hosts?: string;
  /** Allowed besides ALLOWED. */
  readonly allowed?: string;
  readonly outcome: 'pulled' | 'blocked';
  /** What the engine prints; empty where it pulls. */
  readonly says: string;
}

const BLOCKED = 'is blocked by acme. To request access, contact platform@acme.example.';

/** Run with a real engine by tests/engine/pull-cases.test.ts, and the table of docs/attachment.md. */
export const pullCases: readonly PullCase[] = [
  { title: 'An allowed registry', image: 'ALLOWED/app:1', outcome: 'pulled', says: '' },
  { title: 'Another registry', image: 'OTHER/app:1', outcome: 'blocked', says: `OTHER ${BLOCKED}` },
  {
    title: 'Docker Hub through a mirror that is allowed',
    image: 'library/app:1',
    mirror: 'https://ALLOWED',
    outcome: 'pulled',
    says: '',
  },
  {
    title:
      'Docker Hub through a mirror that is not allowed: the engine falls back to Docker Hub, which is not allowed either',
    image: 'library/app:1',
    mirror: 'https://OTHER',
    outcome: 'blocked',
    says: `registry-1.docker.io ${BLOCKED}`,
  },
  {
    title: "Docker Hub through a mirror on the machine's own loopback: the engine goes there without the gateway",
    image: 'library/app:1',
    mirror: 'http://localhost:5000',
    outcome: 'pulled',
    says: '',
  },
  {
    title: "A pull-through cache on the machine's own loopback",
    image: 'localhost:5000/app:1',
    outcome: 'pulled',
    says: '',
  },
  { title: 'The same by its address', image: '127.0.0.1:5000/app:1', outcome: 'pulled', says: '' },
  {
    title: 'The same by a name below `localhost`, which engines do not take for the loopback',
    image: 'x.localhost:5000/app:1',
    outcome: 'blocked',
    says: `x.localhost:5000 ${BLOCKED}`,
  },
  {
    title: 'An insecure registry, by HTTP, that is allowed with its port',
    image: 'ALLOWED:5000/app:1',
    allowed: 'ALLOWED:5000',
    outcome: 'pulled',
    says: '',
  },
  {
    title: 'An insecure registry, by HTTP, that is not allowed',
    image: 'OTHER:5000/app:1',
    outcome: 'blocked',
    says: `OTHER:5000 ${BLOCKED}`,
  },
  {
    title: 'A short name that only the search domain completes, allowed as it is typed',
    image: 'short:5000/app:1',
    allowed: 'short:5000',
    outcome: 'pulled',
    says: '',
  },
  {
    title: 'A short name that is not allowed',
    image: 'mirror:5000/app:1',
    outcome: 'blocked',
    says: `mirror:5000 ${BLOCKED}`,
  },
  {
    title: 'A name that is not allowed, with an address in `/etc/hosts`',
    image: 'OTHER/app:1',
    hosts: 'ADDRESS OTHER',
    outcome: 'blocked',
    says: `OTHER ${BLOCKED}`,
  },
  {
    title:
      'An allowed name, with another address in `/etc/hosts`: it is taken there, and its certificate is checked by the engine',
    image: 'ALLOWED/app:1',
    hosts: 'ADDRESS ALLOWED',
    outcome: 'blocked',
    says: 'x509: certificate is valid for',
  },
  {
    title: 'An address instead of a name',
    image: 'ADDRESS/app:1',
    outcome: 'blocked',
    says: `ADDRESS ${BLOCKED}`,
  },
  {
    title: 'An address instead of a name, allowed',
    image: 'ADDRESS/app:1',
    allowed: 'ADDRESS',
    outcome: 'pulled',
    says: '',
  },
  {
    title: '`host.docker.internal`, which only Docker Desktop knows',
    image: 'host.docker.internal:5000/app:1',
    outcome: 'blocked',
    says: 'host.docker.internal is allowed, but DNS has no address for it.',
  },
];

/** docs/attachment.md with its table written anew. */
export function withPullCases(guide: string): string {
  const rows = pullCases.map(({ title, image, mirror, hosts, allowed, outcome, says }) => {
    const details = [
      `\`${image}\``,
      ...(mirror === undefined ? [] : [`mirror \`${mirror}\``]),
      ...(hosts === undefined ? [] : [`hosts file \`${hosts}\``]),
      ...(allowed === undefined ? [] : [`\`${allowed}\` allowed too`]),
    ];
    return `| ${title} | ${details.join('; ')} | ${outcome} | ${says} |`;
  });
  const table = ['| pull | input | outcome | what the engine prints |', '|---|---|---|---|', ...rows].join('\n');
  return guide.replace(/(<!-- cases: pulls -->\n)[\s\S]*?(<!-- end -->)/, `$1${table}\n$2`);
}
