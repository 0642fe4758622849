import type { ContentCase } from './content-case.ts';

/** A value as `reg.exe query` lists it, and as the guide shows it. */
const value = (type: string, data: string, name = 'allowedOrgs') => ({
  shown: `${name}, ${type}: ${data || '(empty)'}`,
  content: `    ${name}    ${type}    ${data}`,
});

export const windowsRegistryCases: ContentCase[] = [
  { title: 'one organization', ...value('REG_MULTI_SZ', 'acme'), verdict: 'present', value: ['acme'] },
  {
    title: 'one organization per line',
    ...value('REG_MULTI_SZ', 'acme\\0globex'),
    verdict: 'present',
    value: ['acme', 'globex'],
    problems: ['several-organizations'],
  },
  {
    title: 'the name in upper case',
    ...value('REG_MULTI_SZ', 'acme', 'ALLOWEDORGS'),
    verdict: 'present',
    value: ['acme'],
  },
  {
    title: 'several in one line',
    ...value('REG_MULTI_SZ', 'acme;globex'),
    verdict: 'present',
    value: ['acme;globex'],
    problems: ['organization-semicolon'],
  },
  { title: 'other values only', ...value('REG_DWORD', '0x1', 'enabled'), verdict: 'absent' },
  { title: 'a single string', ...value('REG_SZ', 'acme'), verdict: 'malformed', problems: ['registry-type'] },
  { title: 'an empty value', ...value('REG_MULTI_SZ', ''), verdict: 'malformed', problems: ['allowed-orgs-empty'] },
  {
    title: 'white space after a name',
    ...value('REG_MULTI_SZ', 'acme '),
    verdict: 'malformed',
    problems: ['organization-white-space'],
  },
  {
    title: 'commas',
    ...value('REG_MULTI_SZ', 'acme,globex'),
    verdict: 'malformed',
    problems: ['organization-comma'],
  },
  {
    title: 'an empty line between',
    ...value('REG_MULTI_SZ', 'acme\\0\\0globex'),
    verdict: 'malformed',
    problems: ['organization-empty'],
  },
  {
    title: 'characters that the console cannot show',
    ...value('REG_MULTI_SZ', '??'),
    verdict: 'malformed',
    problems: ['registry-letters'],
  },
];
