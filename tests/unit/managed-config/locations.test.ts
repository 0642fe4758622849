import { describe, expect, it } from 'vitest';
import { linuxSources, macosSources, systemSources } from '../../../main/managed-config/locations.ts';
import type { Source } from '../../../main/managed-config/source.ts';

const placesOf = (sources: Source[], wanted: Source['provides']) =>
  sources.flatMap(({ provides, watch }) => (provides === wanted ? [watch] : []));

describe('the system locations, in order of precedence', () => {
  it('are Docker Desktop’s and then our own, on Linux', () => {
    expect(placesOf(linuxSources(), 'organizations')).toEqual([
      '/usr/share/docker-desktop/registry/registry.json',
      '/etc/portcullis/registry.json',
      '/usr/share/docker-desktop/admin-settings.json',
    ]);
    expect(placesOf(linuxSources(), 'settings')).toEqual(['/etc/portcullis/portcullis.json']);
  });

  it('begin with the configuration profile, on macOS', () => {
    expect(placesOf(macosSources(), 'organizations')).toEqual([
      '/Library/Managed Preferences/com.docker.config.plist',
      '/Library/Application Support/com.docker.docker/desktop.plist',
      '/Library/Application Support/com.docker.docker/registry.json',
      '/Library/Application Support/Portcullis/registry.json',
      '/Library/Application Support/com.docker.docker/admin-settings.json',
    ]);
    expect(placesOf(macosSources(), 'settings')).toEqual([
      '/Library/Managed Preferences/com.portcullis.config.plist',
      '/Library/Application Support/Portcullis/portcullis.json',
    ]);
  });

  it('are not guessed on an unknown system', async () => {
    const run = async () => ({ kind: 'failed', errno: null, cause: '' }) as const;
    await expect(systemSources('freebsd', run)).rejects.toMatchObject({ problem: { code: 'platform-unsupported' } });
  });
});
