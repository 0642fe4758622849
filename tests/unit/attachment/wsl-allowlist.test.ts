import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wslAllowlist } from '../../../main/attachment/wsl-allowlist.ts';

const KEY = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\WSL';
const LIST = `${KEY}\\WSLContainerRegistryAllowlist`;

function linesOf(content: Buffer): string[] {
  expect([...content.subarray(0, 2)]).toEqual([0xff, 0xfe]);
  const text = content.subarray(2).toString('utf16le');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  return text.split('\r\n');
}

/** The registry as it is after these lines have been imported, line by line. */
function imported(
  lines: readonly string[],
  before: Record<string, Map<string, string>>,
): Record<string, Map<string, string>> {
  const registry = { ...before };
  let key = '';
  for (const line of lines) {
    const header = /^\[(-?)(.*)\]$/.exec(line);
    const value = /^"(.+?)"=(?:"(.*)"|dword:(\d{8}))$/.exec(line);
    if (header?.[1] === '-') delete registry[header[2] ?? ''];
    else if (header !== null) {
      key = header[2] ?? '';
      registry[key] = new Map(registry[key] ?? []);
    } else if (value !== null)
      registry[key]?.set(value[1] ?? '', value[2] ?? String(Number.parseInt(value[3] ?? '', 16)));
  }
  return registry;
}

/** `IsFeatureAllowed` and `IsRegistryAllowed` of WSL's wslpolicies.h. */
function isAllowed(registry: Record<string, Map<string, string>>, server: string): boolean {
  if (registry[KEY]?.get('AllowWSLContainer') === '0') return false;
  const entries = [...(registry[LIST]?.values() ?? [])].filter((entry) => entry !== '');
  return entries.length === 0 || entries.some((entry) => entry.toLowerCase() === server.toLowerCase());
}

const BEFORE = { [KEY]: new Map([['AllowWSLContainer', '1']]), [LIST]: new Map([['AllowedRegistry9', 'old.example']]) };

describe('the allowlist of WSL containers', () => {
  it('has a host a value, as image references spell it', () => {
    const { content, left } = wslAllowlist([
      'GHCR.io',
      'registry.example:5000',
      'https://quay.io/acme',
      '[2001:db8::1]',
      '10.1.2.3:5000',
      'ghcr.io',
    ]);
    expect(left).toEqual([]);
    const values = linesOf(content).filter((line) => line.startsWith('"AllowedRegistry'));
    expect(values).toEqual([
      '"AllowedRegistry1"="ghcr.io"',
      '"AllowedRegistry2"="registry.example:5000"',
      '"AllowedRegistry3"="quay.io"',
      '"AllowedRegistry4"="[2001:db8::1]"',
      '"AllowedRegistry5"="10.1.2.3:5000"',
    ]);
  });

  it('leaves out what WSL would compare as a whole name, and says so', () => {
    expect(wslAllowlist(['*.example.com', 'ghcr.io', 'not a host!'])).toMatchObject({
      registries: ['ghcr.io'],
      left: ['*.example.com', 'not a host!'],
    });
  });

  it.each([[[]], [['*.example.com']], [['']]])(
    'forbids containers where nothing is left of %j: an empty list would allow all',
    (addresses) => {
      const registry = imported(linesOf(wslAllowlist(addresses).content), BEFORE);
      expect(registry[LIST]).toBeUndefined();
      for (const server of ['docker.io', 'old.example', 'a.example.com'])
        expect(isAllowed(registry, server)).toBe(false);
    },
  );

  it('allows what is listed and nothing else, at whatever line the import is interrupted', () => {
    const host = fc.constantFrom(
      'ghcr.io',
      'docker.io',
      'quay.io',
      '*.example.com',
      'registry.example:5000',
      'x y',
      '',
    );
    const asked = [
      'ghcr.io',
      'docker.io',
      'quay.io',
      'a.example.com',
      'registry.example:5000',
      'old.example',
      'registry.example',
    ];
    fc.assert(
      fc.property(fc.array(host, { maxLength: 6 }), (addresses: string[]) => {
        const lines = linesOf(wslAllowlist(addresses).content);
        for (const server of asked) {
          const isListed = addresses.includes(server);
          expect(isAllowed(imported(lines, BEFORE), server)).toBe(isListed);
          // From the first line that changes anything.
          for (let end = 4; end < lines.length; end += 1) {
            if (!isListed) expect(isAllowed(imported(lines.slice(0, end), BEFORE), server)).toBe(false);
          }
        }
      }),
    );
  });
});
