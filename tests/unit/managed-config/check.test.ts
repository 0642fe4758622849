import { describe, expect, it } from 'vitest';
import { type CheckedFile, checkTogether, parserFor } from '../../../main/managed-config/check.ts';

const checked = (file: string, allowedOrgs: string[], keysFor: string[] | null): CheckedFile => ({
  file,
  verdict: 'present',
  allowedOrgs,
  keysFor,
  problems: [],
});
const codesOf = (files: CheckedFile[]) =>
  Object.fromEntries(files.map(({ file, problems }) => [file, problems.map(({ code }) => code)]));

describe('files checked together', () => {
  it('need a key for every organization that they name', () => {
    const files = [checked('registry.json', ['acme', 'globex'], null), checked('portcullis.json', [], ['acme'])];
    const result = checkTogether(files, false);
    expect(codesOf(result)).toEqual({ 'registry.json': [], 'portcullis.json': ['organization-without-key'] });
    expect(result[1]?.problems[0]?.args).toEqual({ organizations: ['globex'] });
  });

  it('may be a part of what will be rolled out, but a machine has no other files', () => {
    const alone = [checked('registry.json', ['acme'], null)];
    expect(codesOf(checkTogether(alone, false))).toEqual({ 'registry.json': [] });
    expect(codesOf(checkTogether(alone, true))).toEqual({ 'registry.json': ['organization-without-key'] });
  });

  it('need no key for organizations that a machine does not use, because another location wins', () => {
    const files = [
      checked('/usr/share/docker-desktop/registry/registry.json', ['acme'], null),
      checked('/etc/portcullis/registry.json', ['globex'], null),
      checked('/etc/portcullis/portcullis.json', [], ['acme']),
    ];
    expect(Object.values(codesOf(checkTogether(files, true))).flat()).toEqual([]);
    expect(Object.values(codesOf(checkTogether(files, false))).flat()).toEqual(['organization-without-key']);
  });

  it('warn of settings without any key', () => {
    expect(codesOf(checkTogether([checked('portcullis.json', [], [])], false))).toEqual({
      'portcullis.json': ['settings-without-key'],
    });
  });
});

describe('a file with organizations and settings', () => {
  const reg = (...lines: string[]) =>
    parserFor('portcullis.reg')(Buffer.from(['Windows Registry Editor Version 5.00', '', ...lines, ''].join('\r\n')));
  const organizations = [
    '[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Docker\\Docker Desktop]',
    '"allowedOrgs"=hex(7):61,00,00,00,00,00',
  ];
  const settings = (hub: string) => ['[HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Portcullis]', `"hub"="${hub}"`];

  it('is present with both, or with one of them', () => {
    const hub = 'https://hub.example';
    expect(reg(...organizations, ...settings(hub))).toMatchObject({
      value: { organizations: ['a'], settings: { hub } },
    });
    expect(reg(...organizations)).toMatchObject({ value: { organizations: ['a'], settings: null } });
    expect(reg(...settings(hub))).toMatchObject({ value: { organizations: [], settings: { hub } } });
    expect(reg()).toMatchObject({ verdict: 'malformed', problems: [{ code: 'reg-key-missing' }] });
  });

  it('is malformed where either part is', () => {
    expect(reg(...organizations, ...settings('hub')).verdict).toBe('malformed');
    expect(reg(organizations[0] ?? '', '"allowedOrgs"="a"', ...settings('https://hub.example')).verdict).toBe(
      'malformed',
    );
  });
});
