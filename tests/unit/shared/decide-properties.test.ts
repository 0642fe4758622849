import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { companionsOf } from '../../../shared/catalogue/look-up.ts';
import { REGISTRIES } from '../../../shared/catalogue/registries.ts';
import { ALLOWED, decide, decideWireName, HAS_ALLOWED_BELOW, NOT_A_NAME, reasonOf } from '../../../shared/decide.ts';
import { type Address, parseAddress } from '../../../shared/hosts/address.ts';
import { normalizeHost, withPort } from '../../../shared/hosts/host-name.ts';
import type { PolicyClaims, PolicyMode } from '../../../shared/policy/schema.ts';
import { type Decision, LockReason, type View } from '../../../shared/reasons.ts';
import { compilePolicy, type PolicyRules } from '../../../shared/rule-set/compile.ts';
import { denyRules, openRules, type RuleSet } from '../../../shared/rule-set/rule-set.ts';
import { readWireName, writeWireName } from '../../../shared/rule-set/wire-name.ts';

const noTime = (): number => 0;

/*
 * A second implementation of the rules, as plain as can be: lists, strings and regular expressions. What the tables answer must be
 * what this answers, whatever the list and whatever is asked.
 */
interface Rule {
  address: Address;
  reason: 'allowed-by-policy' | 'allowed-companion' | 'baseline';
  registry?: string;
}

function rulesOf(addresses: string[]): Rule[] {
  const own: Rule[] = [];
  const companions: Rule[] = [];
  const read = (text: string) => {
    const judged = parseAddress(text);
    return judged.ok ? [judged.value] : [];
  };
  for (const registry of addresses) {
    for (const address of read(registry)) {
      if (/(^|\.)probe\.portcullis\.internal$/.test(address.host)) continue;
      own.push({ address, reason: 'allowed-by-policy', registry });
      for (const companion of companionsOf(address)) {
        if (companion.optIn) continue;
        for (const host of read(withPort(companion.host, companion.port)))
          companions.push({ address: host, reason: 'allowed-companion', registry });
      }
    }
  }
  const baseline = ['localhost', '*.internal'].flatMap(read);
  return [...own, ...companions, ...baseline.map((address): Rule => ({ address, reason: 'baseline' }))];
}

function matches({ address, reason }: Rule, host: string, port: number | undefined): boolean {
  const portFits = port === undefined || reason === 'baseline' || (address.port ?? 443) === port;
  return portFits && (address.kind === 'suffix' ? host.endsWith(`.${address.host}`) : host === address.host);
}

/** The rule that stands for a host: an exact one, else the longest suffix; of equals, the first. */
function ruleFor(rules: Rule[], host: string, port: number | undefined): Rule | undefined {
  const rank = ({ address }: Rule) => (address.kind === 'suffix' ? address.host.length : Number.POSITIVE_INFINITY);
  const fitting = rules.filter((rule) => matches(rule, host, port));
  return fitting.find((rule) => rank(rule) === Math.max(...fitting.map(rank)));
}

const DEDICATED = REGISTRIES.flatMap((row) => [
  ...(row.dedicated ? row.matches : []),
  ...row.companions.filter((one) => one.dedicated).map((one) => one.host),
]).map((pattern) => {
  const seen: string[] = [];
  const source = pattern
    .replaceAll('.', '\\.')
    .replace(/^\*/, '[^ ]+')
    .replace(/<([a-z]+)>/g, (_, placeholder: string) => {
      if (seen.includes(placeholder)) return `\\${seen.indexOf(placeholder) + 1}`;
      seen.push(placeholder);
      return '([a-z0-9_-]+)';
    });
  return new RegExp(`^${source}$`);
});

function ancestors(host: string): string[] {
  const labels = host.split('.');
  return labels.map((_, i) => labels.slice(i).join('.'));
}

function reference(addresses: string[], options: Options, view: View, written: string, port?: number): Decision {
  const rules = rulesOf(addresses);
  const name = normalizeHost(written);
  const isLoopback = name?.kind === 'ip' && /^(127\..*|::1)$/.test(name.host);
  const own = name ? ruleFor(rules, name.host, port) : undefined;
  const rule = own ?? (isLoopback ? ruleFor(rules, 'localhost', port) : undefined);
  const enforced = ((): Decision => {
    const denied: Decision = { allowed: false, reason: 'not-in-policy' };
    if (name === null || /(^|\.)probe\.portcullis\.internal$/.test(name.host)) return denied;
    if (rule) {
      const shown =
        rule.reason === 'allowed-by-policy'
          ? rule.address.text
          : `${rule.address.kind === 'suffix' ? '*.' : ''}${rule.address.host}${rule.address.port === undefined ? '' : `:${rule.address.port}`}`;
      return {
        allowed: true,
        reason: rule.reason,
        rule: shown,
        ...(rule.registry === undefined ? {} : { registry: rule.registry }),
      };
    }
    if (view === 'engine') return denied;
    const registries =
      name.kind === 'ip' ? [] : ancestors(name.host).filter((host) => DEDICATED.some((one) => one.test(host)));
    const allowedThere = registries.some((host) => ruleFor(rules, host, port) !== undefined);
    return registries.length > 0 && !allowedThere ? denied : { allowed: true, reason: 'baseline' };
  })();
  const isProbe = name !== null && /(^|\.)probe\.portcullis\.internal$/.test(name.host);
  if (isProbe) return enforced;
  if (!options.enabled) return { ...enforced, allowed: true, reason: 'restrictions-off', wouldDeny: !enforced.allowed };
  if (options.mode === 'audit' && !enforced.allowed) return { allowed: true, reason: 'audit-only', wouldDeny: true };
  return enforced;
}

interface Options {
  enabled: boolean;
  mode: PolicyMode;
}

function compiled(addresses: string[], options: Options, seed: number): PolicyRules {
  const claims: PolicyClaims = {
    iss: 'https://hub.example',
    org: 'acme',
    revision: 1,
    iat: 1,
    exp: 2,
    ...options,
    registries: addresses.map((address) => ({ address })),
  };
  return compilePolicy(claims, seed);
}

// Few labels, so that names lie above, below and beside each other; and the names that rules are about.
const label = fc.constantFrom('a', 'b', 'ab', 'com', 'example');
const invented = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
const known = fc.constantFrom(
  ...REGISTRIES.flatMap((row) => [...row.matches, ...row.companions.map((companion) => companion.host)]).map(
    (pattern) =>
      pattern
        .replace('*.', '')
        .replace(/<acct>/g, '123456789012')
        .replace(/<[a-z]+>/g, 'eu-west-1'),
  ),
  'localhost',
  'host.docker.internal',
  'internal',
  'probe.portcullis.internal',
  'n1.probe.portcullis.internal',
  'portcullis.internal',
  'amazonaws.com',
);
const name = fc.oneof(invented, known);
const below = fc.tuple(label, name).map(([first, rest]) => `${first}.${rest}`);
const ip = fc.constantFrom('10.0.0.1', '127.0.0.1', '::1', '2001:db8::1');
const port = fc.constantFrom(443, 5000, 80);
const address = fc.oneof(
  { weight: 4, arbitrary: name },
  { weight: 3, arbitrary: name.map((host) => `*.${host}`) },
  { weight: 1, arbitrary: ip },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.oneof(
          name,
          name.map((host) => `*.${host}`),
          ip,
        ),
        port,
      )
      .map(([host, number]) => (host.includes('::') ? `[${host}]:${number}` : `${host}:${number}`)),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '*', '*.com', 'not a host', 'https://a.example/b', 'A.Example.COM.') },
);
const list = fc.array(address, { maxLength: 12 });
const options = fc.record({ enabled: fc.boolean(), mode: fc.constantFrom<PolicyMode>('enforce', 'audit') });
const view = fc.constantFrom<View>('engine', 'workload');
const asked = fc.oneof(name, below, ip, fc.constantFrom('', '0x7f.1', 'A.EXAMPLE.', 'a_b.example', ' a'));
const seed = fc.nat();

function randomCase(host: string, bits: number): string {
  return [...host].map((letter, i) => ((bits >> (i % 31)) & 1 ? letter.toUpperCase() : letter)).join('');
}

function packet(host: string): Uint8Array {
  const bytes = new Uint8Array(300);
  writeWireName({ kind: 'name', host }, bytes.subarray(12));
  return bytes;
}

describe('whatever the list and whatever is asked', () => {
  it('the tables decide as the plain implementation does', () => {
    fc.assert(
      fc.property(
        list,
        options,
        view,
        asked,
        fc.option(port, { nil: undefined }),
        seed,
        (...[lines, how, from, host, at, s]) => {
          expect(decide(compiled(lines, how, s), from, host, at)).toEqual(reference(lines, how, from, host, at));
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('the bytes of a question are judged as its text is, in any case', () => {
    fc.assert(
      fc.property(
        list,
        options,
        view,
        fc.oneof(name, below),
        fc.nat(),
        seed,
        (...[lines, how, from, host, bits, s]) => {
          const rules = compiled(lines, how, s);
          const verdict = decideWireName(rules, from, packet(randomCase(host, bits)), 12, noTime);
          const decision = decide(rules, from, host);
          expect({ allowed: (verdict & ALLOWED) !== 0, reason: reasonOf(verdict) }).toEqual({
            allowed: decision.allowed,
            reason: decision.reason,
          });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('a denied name is "no data" exactly if the list allows something below it', () => {
    fc.assert(
      fc.property(list, view, fc.oneof(name, below), seed, (lines, from, host, s) => {
        const rules = compiled(lines, { enabled: true, mode: 'enforce' }, s);
        const verdict = decideWireName(rules, from, packet(host), 12, noTime);
        fc.pre((verdict & ALLOWED) === 0 && !host.endsWith('probe.portcullis.internal'));
        const inside = rulesOf(lines).some(({ address: { kind, host: rule } }) =>
          (kind === 'suffix' ? `x.${rule}` : rule).endsWith(`.${host}`),
        );
        expect((verdict & HAS_ALLOWED_BELOW) !== 0).toBe(inside);
      }),
      { numRuns: 1000 },
    );
  });

  it('the seed of the hash changes nothing', () => {
    fc.assert(
      fc.property(list, options, view, asked, seed, seed, (lines, how, from, host, one, two) => {
        expect(decide(compiled(lines, how, one), from, host)).toEqual(decide(compiled(lines, how, two), from, host));
      }),
    );
  });

  it('a further line never takes anything away', () => {
    fc.assert(
      fc.property(list, address, view, asked, fc.option(port, { nil: undefined }), (lines, more, from, host, at) => {
        const how: Options = { enabled: true, mode: 'enforce' };
        const before = decide(compiled(lines, how, 1), from, host, at);
        if (before.allowed) expect(decide(compiled([...lines, more], how, 1), from, host, at).allowed).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it('a suffix never allows itself', () => {
    fc.assert(
      fc.property(invented, (host) => {
        const rules = compiled([`*.${host}`], { enabled: true, mode: 'enforce' }, 1);
        expect(decide(rules, 'engine', host).allowed).toBe(false);
      }),
    );
  });
});

describe('random bytes', () => {
  const ruleSets: RuleSet[] = [
    openRules(),
    ...LockReason.options.map((reason) => denyRules(reason)),
    compiled(['ghcr.io', '*.example.com', '10.0.0.1'], { enabled: true, mode: 'enforce' }, 5),
    compiled(['ghcr.io'], { enabled: false, mode: 'enforce' }, 5),
  ];

  it('never throw, and are no name exactly if they hold none', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 290 }),
        fc.nat(20),
        view,
        fc.constantFrom(...ruleSets),
        (bytes, offset, from, rules) => {
          const verdict = decideWireName(rules, from, bytes, offset, noTime);
          expect(verdict === NOT_A_NAME).toBe(readWireName(bytes, offset) === null);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('as text never throw', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.option(fc.nat(70_000), { nil: undefined }),
        view,
        fc.constantFrom(...ruleSets),
        (host, at, from, rules) => {
          expect(typeof decide(rules, from, host, at).allowed).toBe('boolean');
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('in a name never bring it below an allowed suffix', () => {
    const rules = compiled(['*.example.com'], { enabled: true, mode: 'enforce' }, 5);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 63 }), (bytes) => {
        const name = Uint8Array.from([bytes.length, ...bytes, ...packet('example.com').subarray(12)]);
        const plain = /^[A-Za-z0-9_-]+$/.test(String.fromCharCode(...bytes));
        expect((decideWireName(rules, 'engine', name, 0, noTime) & ALLOWED) !== 0).toBe(plain);
      }),
      { numRuns: 1000 },
    );
  });
});
