import { describe, expect, it } from 'vitest';
import { withLines } from '../../../../main/hub/requests/added-lines.ts';
import { allowingLine, hasLine, linesAbout } from '../../../../main/hub/requests/allowing-lines.ts';
import { parseAddress } from '../../../../shared/hosts/address.ts';

const stored = (...registries: { address: string; nickname?: string }[]) => ({
  registries: Buffer.from(JSON.stringify(registries)),
});

function allowedBy(list: { registries: Uint8Array }, host: string): string | null {
  const parsed = parseAddress(host);
  if (!parsed.ok) throw new Error(host);
  return allowingLine(linesAbout(list, parsed.value), parsed.value);
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
