import { describe, expect, it } from 'vitest';
import { isLineFor, optInOf, searchFor } from '../../../../shared/catalogue/opt-in.ts';
import { REGISTRIES } from '../../../../shared/catalogue/registries.ts';

describe('a host that a pull may need and that is not allowed by itself', () => {
  it('is known of each registry that has one', () => {
    expect(optInOf({ kind: 'exact', host: 'registry.k8s.io' }).map(({ host }) => host)).toEqual([
      '<location>-docker.pkg.dev',
    ]);
    expect(optInOf({ kind: 'exact', host: 'ghcr.io' })).toEqual([]);
    expect(optInOf({ kind: 'exact', host: 'lscr.io', port: 8443 })).toEqual([]);
  });

  it.each([
    ['us-west1-docker.pkg.dev', '<location>-docker.pkg.dev', true],
    ['*.pkg.dev', '<location>-docker.pkg.dev', true],
    ['us-west1-python.pkg.dev', '<location>-docker.pkg.dev', false],
    ['us-docker.pkg.dev.evil.example', '<location>-docker.pkg.dev', false],
    ['*.blob.core.windows.net', '*.blob.core.windows.net', true],
    ['acme1.blob.core.windows.net', '*.blob.core.windows.net', true],
    ['*.windows.net', '*.blob.core.windows.net', true],
    ['ghcr.io', 'ghcr.io', true],
    ['*.ghcr.io', 'ghcr.io', false],
    ['quay.io', 'ghcr.io', false],
    ['cri-1-registry.oss-cn-shanghai.aliyuncs.com', '<bucket>.oss-cn-shanghai.aliyuncs.com', true],
    ['cri-1-registry.oss-cn-beijing.aliyuncs.com', '<bucket>.oss-cn-shanghai.aliyuncs.com', false],
  ])('the line %s stands for %s: %s', (line, host, expected) => {
    expect(isLineFor(line, host)).toBe(expected);
    if (expected) expect(line).toContain(searchFor(host));
  });

  it('has something to search a list by', () => {
    for (const { host } of REGISTRIES.flatMap(({ companions }) => companions.filter(({ optIn }) => optIn))) {
      expect(searchFor(host), host).toMatch(/^[a-z0-9-]+\.[a-z]+$/);
    }
  });
});
