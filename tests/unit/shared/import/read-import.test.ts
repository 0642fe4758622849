import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../../shared/hosts/address.ts';
import { type ReadImport, readImport } from '../../../../shared/import/read-import.ts';
import { isOneLine } from '../../../../shared/printable.ts';

function read(content: unknown): ReadImport {
  const result = readImport(typeof content === 'string' ? content : JSON.stringify(content));
  if (!result.ok) throw new Error(result.problem.code);
  return result.value;
}
/** `+` ticked, `-` not; `>` wider. */
const brief = ({ rows }: ReadImport): string[] =>
  rows.map(
    ({ address, nickname, wider, ticked }) =>
      `${ticked ? '+' : '-'}${wider ? '>' : ''} ${address}${nickname ? ` (${nickname})` : ''}`,
  );
const codes = (problems: readonly { code: string }[]): string[] => problems.map(({ code }) => code);

describe("Docker's Registry Access list", () => {
  const list = {
    enabled: false,
    standard_registries: [{ id: 'DockerHub', allowed: true }],
    custom_registries: [
      { address: 'ghcr.io', friendly_name: 'GitHub', allowed: true },
      { address: 'https://Quay.io/', friendly_name: '', allowed: true },
      { address: 'gcr.io', friendly_name: 'Google', allowed: false },
      { address: 'registry.corp.example/team', allowed: true },
      { address: '*', allowed: true },
    ],
  };

  it('becomes lines; what it does not allow is left out', () => {
    const imported = read(list);
    expect(brief(imported)).toEqual([
      '+ docker.io (Docker Hub)',
      '+ ghcr.io (GitHub)',
      '+ quay.io',
      '-> registry.corp.example',
    ]);
    expect(imported.format).toBe('docker');
    expect(codes(imported.notes)).toEqual(['import-source-off', 'import-not-allowed']);
    expect(imported.rejected).toMatchObject([
      { place: 'custom_registries[4]', problem: { code: 'address-everything' } },
    ]);
  });

  it('leaves Docker Hub out where that is not allowed', () => {
    expect(brief(read({ ...list, standard_registries: [{ id: 'DockerHub', allowed: false }] }))).not.toContain(
      '+ docker.io (Docker Hub)',
    );
  });
});

it('admin-settings.json has no such list, and says so', () => {
  const images = ['docker.io/acme/tool:*', 'ghcr.io/acme/x'];
  const imported = read({
    configurationFileVersion: 2,
    enhancedContainerIsolation: { locked: true, dockerSocketMount: { imageList: { images } } },
  });
  expect(codes(imported.notes)).toEqual(['import-no-registry-list']);
  expect(brief(imported)).toEqual(['-> docker.io', '-> ghcr.io']);
  expect(codes(read({ configurationFileVersion: 2 }).notes)).toEqual(['import-no-registry-list']);
});

it("Rancher Desktop's allowed images become their hosts, not ticked where the whole host is more", () => {
  const patterns = ['busybox', 'rancher/', 'ghcr.io/acme/app', 'registry.suse.com/', 'localhost:5000/x', ''];
  const imported = read({ version: 12, containerEngine: { allowedImages: { enabled: true, patterns } } });
  expect(brief(imported)).toEqual(['-> docker.io', '-> ghcr.io', '+ registry.suse.com', '-> localhost:5000']);
  expect(imported.rows[1]?.notices).toMatchObject([
    { code: 'import-wider-images', args: { pattern: 'ghcr.io/acme/app', address: 'ghcr.io' } },
  ]);
  expect(imported.rejected).toMatchObject([{ place: 'patterns[5]' }]);
  expect(brief(read({ containerEngine: { imageAllowList: { enabled: false, patterns: ['quay.io/'] } } }))).toEqual([
    '+ quay.io',
  ]);
});

describe('policy.json', () => {
  const any = [{ type: 'insecureAcceptAnything' }];

  it('becomes the hosts it accepts, not ticked where it names a path or asks for signatures', () => {
    const docker = {
      'quay.io': any,
      '*.corp.example': any,
      'docker.io/library': any,
      'registry.access.redhat.com': [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: '/etc/pki/x' }],
      'gcr.io': [{ type: 'reject' }],
      '': [{ type: 'reject' }],
    };
    const imported = read({ default: any, transports: { docker, 'docker-daemon': { '': any } } });
    expect(brief(imported)).toEqual(['+ quay.io', '+ *.corp.example', '-> docker.io', '-> registry.access.redhat.com']);
    expect(codes(imported.rows[3]?.notices ?? [])).toEqual(['import-wider-signed']);
    expect(codes(imported.notes)).toEqual(['import-not-allowed']);
  });

  it('that accepts everything says so', () => {
    expect(codes(read({ default: any }).notes)).toEqual(['import-default-open']);
  });
});

describe('CSV', () => {
  it('is read with named columns in any order', () => {
    const imported = read(
      'Nickname;Registry address\r\n"Git;Hub";ghcr.io\r\n"He said ""hi""\nthere";quay.io\r\n;;\r\n',
    );
    expect(imported.format).toBe('csv');
    expect(brief(imported)).toEqual(['+ ghcr.io (Git;Hub)', '+ quay.io (He said "hi" there)']);
    expect(imported.rows[1]?.place).toBe('line 3');
  });

  it('is read without a first line of names', () => {
    expect(brief(read('ghcr.io,GitHub\nquay.io,\n'))).toEqual(['+ ghcr.io (GitHub)', '+ quay.io']);
    expect(brief(read('address\nghcr.io\n'))).toEqual(['+ ghcr.io']);
  });

  it('with formula cells stays text, and what the export guarded comes back as it was', () => {
    const imported = read(
      `address,nickname\nghcr.io,"=HYPERLINK(""http://x"")"\nquay.io,'=1+1\n=cmd|' /C calc'!A0,x\n`,
    );
    expect(brief(imported)).toEqual(['+ ghcr.io (=HYPERLINK("http://x"))', '+ quay.io (=1+1)']);
    expect(imported.rejected).toMatchObject([{ place: 'line 4' }]);
  });
});

it('JSON is read as an export of settings, a list of objects, or a list of addresses', () => {
  expect(brief(read({ revision: 7, enabled: true, registries: [{ address: 'ghcr.io', nickname: 'GitHub' }] }))).toEqual(
    ['+ ghcr.io (GitHub)'],
  );
  expect(brief(read(['ghcr.io', { address: 'quay.io', name: 'Quay' }]))).toEqual(['+ ghcr.io', '+ quay.io (Quay)']);
});

it('lines are addresses, with a nickname after two spaces or a tab, and comments', () => {
  const text = '\uFEFF# ours\n\nghcr.io  GitHub Packages\nquay.io\tQuay # why\r\n[::1]:5000\nghcr.io/acme\ngcr\n';
  expect(brief(read(text))).toEqual(['+ ghcr.io (GitHub Packages)', '+ quay.io (Quay)', '+ [::1]:5000', '- gcr']);
  expect(brief(read('[::1]:5000\nghcr.io'))).toEqual(['+ [::1]:5000', '+ ghcr.io']);
});

it('of two that come to the same host the one stays that is not wider', () => {
  expect(brief(read('ghcr.io/acme\nghcr.io  GitHub'))).toEqual(['+ ghcr.io (GitHub)']);
});

describe('a hostile file', () => {
  const codeOf = (content: string): string => {
    const result = readImport(content);
    return result.ok ? 'read' : result.problem.code;
  };

  it.each([
    ['nothing', '', 'import-empty'],
    ['an object of something else', '{"a":1}', 'import-unknown'],
    ['half of a file', '{"registries":[', 'import-not-json'],
    ['nesting a million deep', '['.repeat(1_000_000), 'import-not-json'],
    [
      'members named like those of every object',
      '{"__proto__":{"registries":["x.example"]},"constructor":1}',
      'import-unknown',
    ],
  ])('with %s is told apart', (_what, content, code) => {
    expect(codeOf(content)).toBe(code);
  });

  it('nested deep where a name should be is rejected there', () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
    expect(read(`["ghcr.io", ${deep}]`)).toMatchObject({
      rows: [{ address: 'ghcr.io' }],
      rejected: [{ place: '[1]' }],
    });
  });

  it('with more lines than a list may have is refused', () => {
    const lines = Array.from({ length: 1_000_001 }, (_, index) => `r${index}.example`).join('\n');
    expect(codeOf(lines)).toBe('import-too-many');
  });

  it('too large is refused before it is read', () => {
    expect(codeOf(' '.repeat(128 * 1024 * 1024 + 1))).toBe('import-too-large');
  });

  it('of one line without end, or of quotes only, ends', () => {
    expect(codeOf('x'.repeat(5_000_000))).toBe('read');
    expect(codeOf(`a,${'"'.repeat(2_000_000)}`)).toBe('read');
    expect(codeOf(`${','.repeat(2_000_000)}`)).toBe('import-empty');
    expect(codeOf(`x${' '.repeat(2_000_000)}#y`)).toBe('read');
  });

  it('whatever it says, gives rows that the hub takes, and ticks none that is wider', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc.constantFrom(
        'ghcr.io',
        'ghcr.io/a',
        '*.a.example',
        'http://x.example',
        '=1',
        '"',
        ',',
        ';',
        '\n',
        '\t',
        '[::1]',
      ),
    );
    const anything = fc.oneof(
      fc.array(cell).map((cells) => cells.join('')),
      fc.json({ maxDepth: 4 }),
      fc.array(cell).map((registries) => JSON.stringify({ registries })),
      fc.array(cell).map((patterns) => JSON.stringify({ containerEngine: { allowedImages: { patterns } } })),
      fc
        .dictionary(cell, fc.constant([{ type: 'insecureAcceptAnything' }]))
        .map((docker) => JSON.stringify({ default: [{ type: 'reject' }], transports: { docker } })),
    );
    fc.assert(
      fc.property(anything, (content) => {
        const result = readImport(content);
        if (!result.ok) return;
        const { rows } = result.value;
        for (const { address, nickname = '', wider, ticked } of rows) {
          expect(parseAddress(address)).toMatchObject({ ok: true, value: { text: address } });
          expect(nickname.length <= 200 && isOneLine(nickname)).toBe(true);
          expect(wider && ticked).toBe(false);
        }
        expect(new Set(rows.map(({ address }) => address)).size).toBe(rows.length);
      }),
      { numRuns: 3000 },
    );
  });
});
