import { describe, expect, it } from 'vitest';
import { withLines } from '../../../../main/hub/requests/added-lines.ts';
import { allowanceFor, hasLine, linesAbout } from '../../../../main/hub/requests/allowing-lines.ts';
import { type Address, parseAddress } from '../../../../shared/hosts/address.ts';

const stored = (...registries: { address: string; nickname?: string }[]) => ({
  registries: Buffer.from(JSON.stringify(registries)),
});

function allowedBy(list: { registries: Uint8Array }, host: string): string | null {
  const parsed = parseAddress(host);
  if (!parsed.ok) throw new Error(host);
  const { value } = parsed;
  // Many are looked for in one pass, few one by one: both find the same.
  const others = Array.from({ length: 20 }, (_, n): Address => ({ kind: 'exact', host: `o${n}.x.example`, text: '' }));
  const found = [[value], [value, ...others]].map((addresses) =>
    allowanceFor({ grants: [], lines: linesAbout(list, addresses) }, value, [], 0),
  );
  expect(found[1]).toEqual(found[0]);
  return found[0]?.by ?? null;
}

describe('the line that allows a host', () => {
  const list = stored(
    { address: 'ghcr.io', nickname: '{"address":"evil.example"}' },
    { address: '*.acme.example' },
    { address: 'registry.example:5000' },
    { address: '10.1.2.3' },
  );

  it.each([
    ['ghcr.io', 'ghcr.io'],
    ['pkg-containers.githubusercontent.com', 'ghcr.io'],
    ['a.b.acme.example', '*.acme.example'],
    ['registry.example:5000', 'registry.example:5000'],
    ['10.1.2.3', '10.1.2.3'],
  ])('of %s is %s', (host, line) => expect(allowedBy(list, host)).toBe(line));

  it.each(['acme.example', 'registry.example', 'ghcr.io:5000', 'evil.example', 'quay.io', '10.1.2.4'])(
    'of %s there is none',
    (host) => expect(allowedBy(list, host)).toBeNull(),
  );
});

describe('a grant', () => {
  const grants = [
    { address: 'until.example', until: '2026-12-04T17:00:00Z' },
    { address: '*.team.example', teams: ['platform'] },
    { address: 'ghcr.io', teams: ['research'], until: '2026-12-04T17:00:00Z' },
  ];
  const before = Date.parse('2026-12-04T16:59:59Z');
  const allowance = (host: string, teams: string[], now = before) => {
    const parsed = parseAddress(host);
    return parsed.ok ? allowanceFor({ grants, lines: new Set() }, parsed.value, teams, now) : 'no address';
  };

  it('allows until its end, and for its teams', () => {
    expect(allowance('until.example', [])).toEqual({ by: 'until.example', until: '2026-12-04T17:00:00Z' });
    expect(allowance('until.example', [], before + 1000)).toBeNull();
    expect(allowance('a.team.example', ['platform'])).toEqual({ by: '*.team.example', teams: ['platform'] });
    expect(allowance('a.team.example', ['research'])).toBeNull();
    expect(allowance('team.example', ['platform'])).toBeNull();
    // What comes with a registry comes with its grant.
    expect(allowance('pkg-containers.githubusercontent.com', ['research'])).toMatchObject({ by: 'ghcr.io' });
    expect(allowance('pkg-containers.githubusercontent.com', ['research'], before + 1000)).toBeNull();
  });
});

describe('lines added', () => {
  it('come last, once, with the name that everybody knows', () => {
    const list = stored({ address: 'docker.io' });
    const registries = withLines(list, ['docker.io', 'quay.io', 'registry.acme.example']);
    expect(JSON.parse(Buffer.from(registries).toString('utf8'))).toEqual([
      { address: 'docker.io' },
      { address: 'quay.io', nickname: 'Quay.io' },
      { address: 'registry.acme.example' },
    ]);
    expect(hasLine(registries, 'quay.io')).toBe(true);
  });

  it('make a list of none', () => {
    expect(JSON.parse(Buffer.from(withLines(stored(), ['a.example'])).toString('utf8'))).toEqual([
      { address: 'a.example' },
    ]);
  });

  it('leave the list as it is where it has them', () => {
    const list = stored({ address: 'docker.io' });
    expect(withLines(list, ['docker.io'])).toBe(list.registries);
  });
});
