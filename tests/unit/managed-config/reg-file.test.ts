import { describe, expect, it } from 'vitest';
import { parserFor } from '../../../main/managed-config/check.ts';
import { parseRegFile } from '../../../main/managed-config/reg-file.ts';
import { DOCKER_KEY, PORTCULLIS_KEY, parseDockerKey } from '../../../main/managed-config/windows-registry.ts';

const HEADER = 'Windows Registry Editor Version 5.00';
const ACME = '"allowedOrgs"=hex(7):61,00,63,00,6d,00,65,00,00,00,00,00';
const file = (...lines: string[]) => Buffer.from([HEADER, '', ...lines, ''].join('\r\n'));
const check = (bytes: Buffer) => parserFor('acme.reg')(bytes);
const organizations = (bytes: Buffer) => parseRegFile(bytes).organizations;
const found = (bytes: Buffer) => {
  const content = check(bytes);
  return { verdict: content.verdict, ...content.problems[0] };
};

describe('a registry file whose keys are not read', () => {
  it.each([
    ['HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker\\DockerDesktop'],
    ['HKEY_LOCAL_MACHINE\\SOFTWARE\\Policy\\Docker\\Docker Desktop'],
    ['HKEY_LOCAL_MACHINE\\SOFTWARE\\Docker Inc.'],
    ['HKEY_CURRENT_USER\\SOFTWARE\\Policies\\Docker\\Docker Desktop'],
    ['HKLM\\SOFTWARE\\Policies\\Docker\\Docker Desktop'],
    ['HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Policies\\Docker\\Docker Desktop'],
    ['HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker\\Docker Desktop\\'],
    [' HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker\\Docker Desktop'],
  ])('is malformed, and says which it has: %s', (key) => {
    expect(found(file('; ours', `[${key}]`, ACME))).toMatchObject({
      verdict: 'malformed',
      code: 'reg-key-missing',
      line: 4,
      args: { expected: [DOCKER_KEY, PORTCULLIS_KEY], found: [key] },
      message: `This file has no key ${DOCKER_KEY} or ${PORTCULLIS_KEY}; it has ${key}.`,
    });
  });

  it('says that there is none', () => {
    expect(found(file()).message).toMatch(/; it has no key at all\.$/);
    expect(found(file(ACME)).message).toMatch(/; it has no key at all\.$/);
  });

  it('stays one bearable sentence, however long and many the keys are', () => {
    const keys = Array.from({ length: 50 }, (_, index) => `[HKEY_USERS\\${'x'.repeat(250)}${index}]`);
    expect(found(file(...keys)).message?.length).toBeLessThanOrEqual(500);
  });

  it.each([
    ['the organizations', [`[${PORTCULLIS_KEY}]`, '"hub"="https://hub.example"'], '[HKCU\\x]', ACME, DOCKER_KEY],
    ['their key', [`[${PORTCULLIS_KEY}]`], `[HKEY_CURRENT_USER\\Docker Desktop]`, '"x"="y"', DOCKER_KEY],
    ['our settings', [`[${DOCKER_KEY}]`, ACME], '[HKEY_CURRENT_USER\\Portcullis]', '"hub"="x"', PORTCULLIS_KEY],
  ])('is malformed where only %s are elsewhere', (_what, right, wrong, value, expected) => {
    expect(found(file(...right, wrong, value))).toMatchObject({
      code: 'reg-key-missing',
      args: { expected: [expected] },
    });
  });

  it('may have other keys, and the same ones for 32 bits besides', () => {
    const other = '[HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432Node\\Policies\\Docker\\Docker Desktop]';
    expect(check(file(`[${DOCKER_KEY}]`, ACME, other, ACME, '[HKEY_CURRENT_USER\\Console]', '"x"="y"'))).toMatchObject({
      verdict: 'present',
      value: { organizations: ['acme'] },
      problems: [],
    });
  });
});

describe('what a registry file deletes', () => {
  it.each([
    ['its key', [`[-${DOCKER_KEY}]`]],
    ['the key above', ['[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker]']],
    ['the value', [`[${DOCKER_KEY}]`, '"allowedOrgs"=-']],
    ['the value that it wrote before', [`[${DOCKER_KEY}]`, ACME, '"allowedOrgs"=-']],
    ['the key that it wrote before', [`[${DOCKER_KEY}]`, ACME, `[-${DOCKER_KEY.toUpperCase()}]`]],
    [
      'the key above what it wrote before',
      [`[${DOCKER_KEY}]`, ACME, '[-HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker]'],
    ],
  ])('is absent on purpose: %s', (_what, lines) => {
    expect(check(file(...lines)).verdict).toBe('absent');
  });

  it('is there again where it is written afterwards', () => {
    const lines = [`[-${DOCKER_KEY}]`, `[${DOCKER_KEY}]`, '"allowedOrgs"=-', ACME];
    expect(organizations(file(...lines))).toMatchObject({ verdict: 'present', value: ['acme'] });
  });
});

describe('the encodings of a registry file', () => {
  const text = [HEADER, '', `[${DOCKER_KEY}]`, ACME, ''].join('\r\n');

  it('are UTF-16 with a byte order mark, and ASCII', () => {
    for (const bytes of [Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(text)]) {
      expect(organizations(bytes)).toMatchObject({ verdict: 'present', value: ['acme'] });
    }
  });

  it.each([
    ['UTF-16 without a byte order mark', Buffer.from(text, 'utf16le')],
    ['UTF-16 in big-endian order', Buffer.from(`\ufeff${text}`, 'utf16le').swap16()],
    ['UTF-8', Buffer.from(`\ufeff${text}`)],
  ])('are named where the Registry Editor does not import them: %s', (cause, bytes) => {
    expect(found(bytes)).toMatchObject({ code: 'reg-syntax', cause: expect.stringContaining(cause) });
  });

  it('are one byte a letter in the older form, REGEDIT4', () => {
    const old = (value: string) => Buffer.from(['REGEDIT4', '', `[${DOCKER_KEY}]`, value, ''].join('\r\n'));
    expect(organizations(old('"allowedOrgs"=hex(7):61,63,6d,65,00,67,00,00'))).toMatchObject({ value: ['acme', 'g'] });
    expect(organizations(old('"allowedOrgs"=hex(7):67,65,72,e4,74,00,00'))).toMatchObject({
      verdict: 'malformed',
      problems: [{ code: 'registry-letters' }],
    });
  });
});

describe('the types of a value', () => {
  const settings = (...values: string[]) => parseRegFile(file(`[${PORTCULLIS_KEY}]`, ...values)).settings;
  const hub = Buffer.from('https://hub.example\0', 'utf16le').toString('hex').match(/../g)?.join(',');

  it.each([
    ['REG_SZ in bytes', `"hub"=hex(1):${hub}`, { hub: 'https://hub.example' }],
    ['REG_EXPAND_SZ, as some templates write', `"hub"=hex(2):${hub}`, { hub: 'https://hub.example' }],
    ['REG_DWORD in bytes', '"startAtLogin"=hex(4):01,00,00,00', { startAtLogin: true }],
    ['REG_QWORD', '"refreshMinutes"=hex(b):1e,00,00,00,00,00,00,00', { refreshMinutes: 30 }],
    ['white space around the equals sign', '"hub" = "https://hub.example"', { hub: 'https://hub.example' }],
  ])('are those of reg.exe: %s', (_what, value, expected) => {
    expect(settings(value)).toMatchObject({ verdict: 'present', value: expected });
  });

  it.each([
    [
      'a variable',
      `"hub"=hex(2):${Buffer.from('https://%HOST%\0', 'utf16le').toString('hex').match(/../g)?.join(',')}`,
    ],
    ['bytes', '"hub"=hex:00'],
    ['a short REG_DWORD', '"startAtLogin"=hex(4):01'],
  ])('are not guessed: %s', (_what, value) => {
    expect(settings(value).verdict).toBe('malformed');
  });

  it.each([
    ['a key', [`[${DOCKER_KEY}\\allowedOrgs]`, '"1"="acme"'], 'registry-type'],
    ['a key below the right one', [`[${DOCKER_KEY}]`, `[${DOCKER_KEY}\\allowedOrgs]`, '"1"="acme"'], 'registry-type'],
    ['one text', [`[${DOCKER_KEY}]`, '"allowedOrgs"="acme"'], 'registry-type'],
    ['misspelt', [`[${DOCKER_KEY}]`, '"allowedOrganizations"="acme"'], 'allowed-orgs-spelling'],
  ])('of the organizations is wrong as %s, which an administrative template may write', (_what, lines, code) => {
    expect(organizations(file(...lines))).toMatchObject({ verdict: 'malformed', problems: [{ code }] });
  });

  it('are the same in the registry itself', () => {
    expect(parseDockerKey([], [`${DOCKER_KEY}\\ALLOWEDORGS`])).toMatchObject({ verdict: 'malformed' });
    expect(parseDockerKey([], [`${DOCKER_KEY}\\Other`]).verdict).toBe('absent');
  });
});
