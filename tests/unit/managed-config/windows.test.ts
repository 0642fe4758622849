import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { windowsSources } from '../../../main/managed-config/locations.ts';
import { parseQuery, regExe } from '../../../main/managed-config/reg-query.ts';
import { programDataFolder, systemFolderFrom } from '../../../main/managed-config/windows-folders.ts';
import {
  DOCKER_KEY,
  organizationsInRegistry,
  PORTCULLIS_KEY,
  parseDockerKey,
  parsePortcullisKey,
} from '../../../main/managed-config/windows-registry.ts';
import type { CommandResult, RunCommand } from '../../../main/platform/process/run-command.ts';
import { expected, stated } from './content-case.ts';
import { windowsRegistryCases } from './windows-registry.cases.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const SYSTEM = 'C:\\Windows\\System32';
const POLICIES = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies';
const PROFILES = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProfileList';

const says = (stdout: Buffer | string, code = 0): CommandResult => ({
  kind: 'exited',
  code,
  stdout: Buffer.from(stdout),
  stderr: Buffer.alloc(0),
});
/** What German Windows says, in code page 850, of a key that is not there, and of one that may not be read. */
const germanError = says(
  Buffer.from('FEHLER: Der angegebene Registrierungsschl\x81ssel wurde nicht gefunden.', 'latin1'),
  1,
);

/** A registry that answers as recorded; what it was not told of is not there. */
function registry(answers: Record<string, CommandResult>, calls: string[][] = []): RunCommand {
  return async (command) => {
    calls.push([...command]);
    return answers[command[2] ?? ''] ?? germanError;
  };
}
const values = (name: string, key = DOCKER_KEY) => {
  const parsed = parseQuery(fixture(name), key);
  return parsed.kind === 'present' ? parsed.values : [];
};

describe('the registry key of Docker Desktop', () => {
  it.each([
    ['wine-two-organizations.txt', ['acme', 'globex']],
    ['wine-german.txt', ['acme', 'globex']],
    ['utf16-two-organizations.txt', ['acme', 'globex']],
    ['utf16-without-mark.txt', ['acme', 'globex']],
  ])('names its organizations: %s', (name, organizations) => {
    expect(stated(parseDockerKey(values(name)))).toMatchObject({ verdict: 'present', value: organizations });
  });

  it.each([
    ['wine-empty.txt', 'allowed-orgs-empty'],
    ['wine-wrong-type.txt', 'registry-type'],
    ['wine-german-letter.txt', 'registry-letters'],
    ['wine-question-marks.txt', 'registry-letters'],
  ])('is malformed where it cannot be taken at its word: %s', (name, code) => {
    expect(stated(parseDockerKey(values(name)))).toMatchObject({ verdict: 'malformed', problems: [code] });
  });

  it.each(windowsRegistryCases.map((one) => [one.title, one] as const))('with %s', (_title, one) => {
    const listing = parseQuery(Buffer.from(`\r\n${DOCKER_KEY}\r\n${one.content}\r\n\r\n`), DOCKER_KEY);
    expect(stated(parseDockerKey(listing.kind === 'present' ? listing.values : []))).toEqual(expected(one));
  });

  it('says nothing where it holds other values only, and finds its own in any case', () => {
    expect(parseDockerKey([{ name: 'enabled', type: 'REG_DWORD', data: '0x1', exact: true }]).verdict).toBe('absent');
    const value = { name: 'ALLOWEDORGS', type: 'REG_MULTI_SZ', data: 'acme', exact: true };
    expect(parseDockerKey([value]).verdict).toBe('present');
  });

  it('does not take a value from a key below it', () => {
    const below = fixture('wine-wrong-type.txt')
      .toString()
      .replace(/\r\n {4}allowedOrgs.*/, '');
    expect(stated(parseDockerKey(values('wine-german.txt'))).value).not.toContain('evil');
    const parsed = parseQuery(Buffer.from(below), DOCKER_KEY);
    expect(parsed).toMatchObject({ kind: 'present', subkeys: [`${DOCKER_KEY}\\Below`] });
  });

  it('is read as Windows itself prints such values', () => {
    const key = 'HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\DNS\\Parameters';
    expect(values('windows-multi-sz.txt', key)).toContainEqual({
      name: 'GlobalQueryBlockList',
      type: 'REG_MULTI_SZ',
      data: 'wpad\\0isatap',
      exact: true,
    });
  });
});

describe('asking the registry', () => {
  const read = (run: RunCommand) => organizationsInRegistry(regExe(run, SYSTEM)).read();

  it('runs reg.exe by its full path, for the 64-bit view', async () => {
    const calls: string[][] = [];
    await read(registry({ [DOCKER_KEY]: says(fixture('wine-two-organizations.txt')) }, calls));
    expect(calls).toEqual([['C:\\Windows\\System32\\reg.exe', 'query', DOCKER_KEY, '/reg:64']]);
  });

  it('knows a missing key by the listing above it, whatever the language of the error', async () => {
    const reading = await read(registry({ [POLICIES]: says(fixture('wine-policies-without-docker.txt')) }));
    expect(reading.source).toMatchObject({ verdict: 'absent', file: DOCKER_KEY });
  });

  it('takes a key that is listed but not readable for unreadable, not for missing', async () => {
    const docker = says(`\r\n${DOCKER_KEY}\r\n`);
    const run = registry({
      [POLICIES]: says(fixture('wine-policies-with-docker.txt')),
      'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker': docker,
    });
    const reading = await read(run);
    expect(reading).toMatchObject({ failure: 'io', source: { verdict: 'unreadable' } });
    expect(reading.source.problems[0]).toMatchObject({ code: 'registry-unreadable' });
  });

  it('is unreadable where nothing of the registry can be read', async () => {
    expect((await read(registry({}))).source.verdict).toBe('unreadable');
  });

  it.each([
    ['does not start', { kind: 'failed', errno: 'ENOENT', cause: 'spawn ENOENT' }, 'io'],
    ['takes too long', { kind: 'failed', errno: null, cause: 'no answer within 10 s' }, 'io'],
    ['finds no memory', { kind: 'failed', errno: 'ENOMEM', cause: 'spawn ENOMEM' }, 'shortage'],
    ['lists another key', says('\r\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Other\r\n'), 'io'],
  ] as const)('is unreadable where reg.exe %s', async (_what, result, failure) => {
    const reading = await read(async () => result);
    expect(reading).toMatchObject({ failure, source: { verdict: 'unreadable' } });
  });
});

describe('our own registry key', () => {
  it('has the settings of portcullis.json', () => {
    expect(stated(parsePortcullisKey(values('wine-portcullis.txt', PORTCULLIS_KEY)))).toMatchObject({
      verdict: 'present',
      value: {
        hub: 'https://portcullis.example.com',
        refreshMinutes: 30,
        startAtLogin: true,
        locked: ['hub', 'startAtLogin'],
        policyKeys: { keys: [{ kid: 'k1', organizations: ['acme'] }] },
      },
      problems: [],
    });
  });

  it('says nothing where it is empty, or holds only its nameless default', () => {
    expect(parsePortcullisKey([]).verdict).toBe('absent');
    const nameless = { name: '(Standard)', type: 'REG_SZ', data: 'x', exact: true };
    expect(parsePortcullisKey([nameless]).verdict).toBe('absent');
  });

  it.each([
    ['startAtLogin', 'REG_DWORD', '0x2'],
    ['hub', 'REG_BINARY', '00'],
    ['policyKeys', 'REG_SZ', '{"keys":[]}'],
    ['policyKeys', 'REG_SZ', 'not JSON'],
  ])('is malformed as a whole where %s is a %s of %s', (name, type, data) => {
    const valid = { name: 'hub', type: 'REG_SZ', data: 'https://hub.example', exact: true };
    expect(parsePortcullisKey([valid, { name, type, data, exact: true }]).verdict).toBe('malformed');
  });
});

describe('the folders of Windows', () => {
  it('are found without asking the environment', async () => {
    const system = systemFolderFrom(['C:\\Program Files\\node\\node.exe', 'C:\\WINDOWS\\SYSTEM32\\ntdll.dll']);
    expect(system).toEqual({ ok: true, path: 'C:\\WINDOWS\\SYSTEM32' });
    const run = registry({ [PROFILES]: says(fixture('windows-profile-list.txt')) });
    expect(await programDataFolder(regExe(run, SYSTEM), 'D:\\Windows\\System32')).toEqual({
      ok: true,
      path: 'D:\\ProgramData',
    });
    const wine = registry({ [PROFILES]: says(fixture('wine-profile-list.txt')) });
    expect(await programDataFolder(regExe(wine, SYSTEM), SYSTEM)).toEqual({ ok: true, path: 'C:\\ProgramData' });
  });

  it('do not come from a variable that the user can set', async () => {
    process.env.ProgramData = 'C:\\Users\\mia\\ProgramData';
    process.env.EVIL = 'C:\\Users\\mia';
    try {
      const evil = fixture('windows-profile-list.txt')
        .toString()
        .replace('%SystemDrive%\\ProgramData', '%EVIL%\\ProgramData');
      const run = registry({ [PROFILES]: says(evil) });
      expect(await programDataFolder(regExe(run, SYSTEM), SYSTEM)).toMatchObject({ ok: false });
    } finally {
      delete process.env.ProgramData;
      delete process.env.EVIL;
    }
  });

  it.each([[[]], [['ntdll.dll']], [['\\\\evil\\share\\ntdll.dll']], [['C:\\Windows\\System32\\ntdll.dll.evil']]])(
    'are not guessed: %j',
    (loaded) => {
      expect(systemFolderFrom(loaded)).toMatchObject({ ok: false });
    },
  );

  it('are where the sources of Windows are, in the order of precedence', async () => {
    const run = registry({ [PROFILES]: says(fixture('windows-profile-list.txt')) });
    const sources = await windowsSources(run, ['C:\\Windows\\System32\\ntdll.dll']);
    expect(sources.map(({ provides, watch }) => [provides, watch])).toEqual([
      ['organizations', null],
      ['organizations', 'C:\\ProgramData\\DockerDesktop\\registry.json'],
      ['settings', null],
      ['organizations', 'C:\\ProgramData\\Portcullis\\registry.json'],
      ['settings', 'C:\\ProgramData\\Portcullis\\portcullis.json'],
      ['organizations', 'C:\\ProgramData\\DockerDesktop\\admin-settings.json'],
    ]);
    await expect(windowsSources(registry({}), ['C:\\Windows\\System32\\ntdll.dll'])).rejects.toMatchObject({
      problem: { code: 'windows-folder-unknown' },
    });
  });
});
