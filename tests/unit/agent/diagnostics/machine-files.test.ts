import { describe, expect, it } from 'vitest';
import {
  goingPastTheProxy,
  proxiesForContainers,
  readDaemonJson,
} from '../../../../main/agent/diagnostics/machine/engine-settings.ts';
import { registryEntries } from '../../../../main/agent/diagnostics/machine/hosts-file.ts';

describe('the hosts file', () => {
  const isListed = (host: string) => host === 'registry.acme.example';

  it('is searched for registries that everybody knows, their companions, and those on the list', () => {
    const content = `# static table lookup for hostnames
127.0.0.1  localhost
10.0.0.5\tregistry-1.docker.io  ghcr.io   # a mirror
10.0.0.6  registry.acme.example
10.0.0.7  www.acme.example
#10.0.0.8 quay.io
::1 localhost ip6-localhost
10.0.0.9  GHCR.IO.
`;
    expect(registryEntries(content, isListed).map(({ line, name }) => `${line} ${name}`)).toEqual([
      '3 registry-1.docker.io',
      '3 ghcr.io',
      '4 registry.acme.example',
      '8 GHCR.IO.',
    ]);
  });

  it('is read as Windows writes it', () => {
    expect(registryEntries('127.0.0.1 localhost\r\n10.0.0.5 quay.io\r\n', isListed)).toEqual([
      { line: 2, address: '10.0.0.5', name: 'quay.io' },
    ]);
  });

  it.each(['', '\n\n', '10.0.0.5', '10.0.0.5 bad..name', '# ghcr.io'])('may hold %j and names none', (content) => {
    expect(registryEntries(content, isListed)).toEqual([]);
  });
});

describe("the engine's NO_PROXY", () => {
  it.each([
    ['', []],
    ['localhost,127.0.0.1,::1', []],
    ['localhost, 127.0.0.0/8, .direct.probe.portcullis.internal', []],
    ['localhost,registry.acme.example,.corp.example', ['registry.acme.example', '.corp.example']],
    ['*', ['*']],
  ])('%j goes past the proxy for %j', (noProxy, hosts) => {
    expect(goingPastTheProxy(noProxy)).toEqual(hosts);
  });
});

describe('daemon.json', () => {
  it.each([
    ['{}', { dns: [], mirrors: [] }],
    ['\uFEFF{"dns":["9.9.9.9"]}', { dns: ['9.9.9.9'], mirrors: [] }],
    ['{"registry-mirrors":["https://mirror.example"],"debug":true}', { dns: [], mirrors: ['https://mirror.example'] }],
    ['{', null],
    ['{"dns":"9.9.9.9"}', null],
    ['[]', null],
  ])('%s', (content, settings) => {
    expect(readDaemonJson(content)).toEqual(settings);
  });
});

describe("the command line's config.json", () => {
  it('tells which proxies containers are given, never their addresses', () => {
    const content = JSON.stringify({
      auths: { 'ghcr.io': { auth: 'secret' } },
      proxies: { default: { httpsProxy: 'http://user:secret@proxy:3128', noProxy: 'localhost' } },
    });
    expect(proxiesForContainers(content)).toEqual(['default: httpsProxy']);
  });

  it.each(['{}', '{', '{"proxies":7}'])('%s gives none', (content) => {
    expect(proxiesForContainers(content)).toEqual([]);
  });
});
