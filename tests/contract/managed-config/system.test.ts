import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);
const modules = new URL('../../../main/', import.meta.url).href;

/**
 * Runs in a mount namespace of its own, in which /etc and /usr/share are empty and nobody else's: the machine's own files
 * are neither read nor touched.
 */
const program = `
  import { chown, mkdir, rm, writeFile } from 'node:fs/promises';
  const { openManagedConfig } = await import('${modules}managed-config/managed-config.ts');
  const { systemClock } = await import('${modules}platform/time/clock.ts');
  const { silentLogger } = await import('${modules}platform/log/logger.ts');

  const source = await openManagedConfig({ place: 'system', platform: 'linux', clock: systemClock, log: silentLogger() });
  // To follow files is no reason for a process to live on.
  const alive = setInterval(() => {}, 60_000);
  const steps = [source.current()];
  const step = (act, wanted) =>
    new Promise((resolve, reject) => {
      const stop = source.onChange((config) => {
        if (!wanted(config)) return;
        stop();
        steps.push(config);
        resolve();
      });
      act().catch(reject);
    });
  const write = async (folder, name, content) => {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await writeFile(folder + '/' + name, content, { mode: 0o644 });
  };
  const docker = '/usr/share/docker-desktop/registry';

  await step(() => write('/etc/portcullis', 'registry.json', '{"allowedOrgs":["globex"]}'), (c) => c.allowedOrgs[0] === 'globex');
  await step(() => write(docker, 'registry.json', '{"allowedOrgs":["acme"]}'), (c) => c.allowedOrgs[0] === 'acme');
  await step(() => write('/etc/portcullis', 'portcullis.json', '{"hub":"https://a.example",}'), (c) => c.verdict === 'malformed');
  await step(() => write('/etc/portcullis', 'portcullis.json', '{"hub":"https://a.example"}'), (c) => c.settings.hub !== undefined);
  await step(() => chown('/usr/share/docker-desktop', 64123, 64123), (c) => c.verdict === 'unreadable');
  await step(() => chown('/usr/share/docker-desktop', 0, 0), (c) => c.verdict === 'present');
  const admin = '/usr/share/docker-desktop';
  await step(() => write(admin, 'admin-settings.json', '{"configurationFileVersion":2}').then(() => write('/etc/portcullis', 'portcullis.json', '{}')), (c) => c.settings.hub === undefined);
  await step(() => rm('/etc/portcullis', { recursive: true }).then(() => rm(docker, { recursive: true })), (c) => c.verdict === 'absent');
  source.close();
  clearInterval(alive);
  console.log(JSON.stringify(steps));
`;

/** Root alone does not do: a container may be denied namespaces. */
const canUnshare = spawnSync('unshare', ['--mount', 'true']).status === 0;

describe.skipIf(!canUnshare)('the places of the system on Linux', () => {
  it('are read in Docker Desktop’s order with our own folder behind it, and followed', async () => {
    const script = [
      'mount --make-rprivate /',
      'mount -t tmpfs -o mode=755 none /etc',
      'mount -t tmpfs -o mode=755 none /usr/share',
      'exec "$@"',
    ].join(' && ');
    const { stdout } = await run('unshare', [
      '--mount',
      'sh',
      '-c',
      script,
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
      program,
    ]);
    const own = '/etc/portcullis/registry.json';
    const docker = '/usr/share/docker-desktop/registry/registry.json';
    const settings = '/etc/portcullis/portcullis.json';
    expect(JSON.parse(stdout)).toMatchObject([
      { verdict: 'absent', source: null, trial: false },
      { verdict: 'present', allowedOrgs: ['globex'], source: own },
      {
        verdict: 'present',
        allowedOrgs: ['acme'],
        source: docker,
        overridden: [{ file: own, allowedOrgs: ['globex'] }],
      },
      { verdict: 'malformed', source: settings, problems: [{ code: 'json-trailing-comma', line: 1, column: 27 }] },
      { verdict: 'present', source: docker, settings: { hub: 'https://a.example' }, settingsSource: settings },
      { verdict: 'unreadable', source: docker, problems: [{ code: 'wrong-owner' }] },
      { verdict: 'present', allowedOrgs: ['acme'], source: docker },
      // Beside what names an organization it says nothing.
      { verdict: 'present', allowedOrgs: ['acme'], problems: [], overridden: [{ file: own }] },
      {
        verdict: 'absent',
        allowedOrgs: [],
        source: null,
        settings: {},
        problems: [
          { code: 'admin-settings-without-organization', file: '/usr/share/docker-desktop/admin-settings.json' },
        ],
      },
    ]);
  });
});
