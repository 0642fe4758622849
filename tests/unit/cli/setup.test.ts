import { beforeEach, describe, expect, it } from 'vitest';
import {
  joinChanges,
  makeChanges,
  type Place,
  planChanges,
  takeBack,
  undoChanges,
  type Wanted,
} from '../../../main/cli/setup-changes.ts';
import { attachIn, organizationsIn, policyValues, switchIn, withProxy } from '../../../main/cli/setup-wanted.ts';
import { asPrinted, flag, type RegistryData, text, texts } from '../../../main/gateway/native/windows-registry.ts';

/** A machine whose registry and files are maps. */
let values: Map<string, RegistryData>;
let files: Map<string, Buffer>;
let place: Place;
beforeEach(() => {
  values = new Map();
  files = new Map();
  place = {
    registry: {
      list: () => null,
      read: (key, name) => values.get(`${key}|${name}`) ?? null,
      write: (key, name, value) =>
        void (value === null ? values.delete(`${key}|${name}`) : values.set(`${key}|${name}`, value)),
    },
    readFile: async (path) => files.get(path) ?? null,
    writeFile: async (path, content) => void (content === null ? files.delete(path) : files.set(path, content)),
  };
});

const hub = (address: string): Wanted => ({ kind: 'value', key: 'K', name: 'hub', value: text(address) });
const file = (content: string): Wanted => ({ kind: 'file', path: 'F', content: Buffer.from(content) });

describe('what an installation changes', () => {
  it('is written, and undone as if it had never been', async () => {
    values.set('K|hub', text('https://before.example'));
    const changes = await planChanges([hub('https://hub.example'), file('new')], place);
    await makeChanges(changes, place);
    expect(values.get('K|hub')).toEqual(text('https://hub.example'));
    expect(files.get('F')?.toString()).toBe('new');
    await undoChanges(changes, place);
    expect(values.get('K|hub')).toEqual(text('https://before.example'));
    expect(files.size).toBe(0);
  });

  it('is no change where it is there already', async () => {
    values.set('K|hub', text('https://hub.example'));
    expect(await planChanges([hub('https://hub.example')], place)).toEqual([]);
  });

  it.each<[string, () => void]>([
    ['a value that is not kept', () => (place.registry.write = () => undefined)],
    ['a value that something else puts back', () => (place.registry.read = () => text('other'))],
    ['a file that is not kept', () => (place.writeFile = async () => undefined)],
    [
      'a file that cannot be written',
      () => {
        place.writeFile = async () => {
          throw new Error('EACCES');
        };
      },
    ],
  ])('%s is a failure, and named', async (_, harm) => {
    const changes = await planChanges([hub('https://hub.example'), file('new')], place);
    harm();
    await expect(makeChanges(changes, place)).rejects.toMatchObject({
      problem: { code: 'setup-not-written', message: expect.stringMatching(/^(K, hub|F) /) },
    });
  });

  it('is taken back at the end where it is still ours; what was in a file before us returns', async () => {
    files.set('F', Buffer.from('theirs'));
    values.set('K|hub', text('https://before.example'));
    const changes = await planChanges([hub('https://hub.example'), file('ours')], place);
    await makeChanges(changes, place);
    await takeBack(changes, place);
    expect(values.has('K|hub')).toBe(false);
    expect(files.get('F')?.toString()).toBe('theirs');

    await makeChanges(changes, place);
    values.set('K|hub', text('https://by-group-policy.example'));
    files.set('F', Buffer.from('edited'));
    await takeBack(changes, place);
    expect(values.get('K|hub')).toEqual(text('https://by-group-policy.example'));
    expect(files.get('F')?.toString()).toBe('edited');
  });

  it('is one record over several installations: the first before, the last after', async () => {
    const first = await planChanges([hub('https://one.example')], place);
    await makeChanges(first, place);
    const second = await planChanges([hub('https://two.example'), file('x')], place);
    await makeChanges(second, place);
    const [joined, other, ...more] = joinChanges(first, second);
    expect(more).toEqual([]);
    expect(joined).toMatchObject({ name: 'hub', before: null, after: second[0]?.after });
    expect(other).toMatchObject({ path: 'F' });
  });
});

describe('the properties of the installer', () => {
  const NONE = {
    ...{ allowedOrg: '', hub: '', issuer: '', clientId: '', policyKeysFile: '' },
    ...{ supportContact: '', autostart: '', attach: '' },
  };

  it('that say nothing want nothing: an upgrade without them loosens nothing', () => {
    expect(policyValues(NONE, null)).toEqual([]);
  });

  it('become values as they are read', () => {
    const wanted = policyValues(
      { ...NONE, allowedOrg: ' acme ;globex', hub: 'https://hub.example', autostart: '1' },
      null,
    );
    expect(wanted.map((one) => one.kind === 'value' && [one.name, one.value])).toEqual([
      ['hub', text('https://hub.example')],
      ['startAtLogin', flag(true)],
      ['allowedOrgs', texts(['acme', 'globex'])],
    ]);
  });

  it.each([
    ['acme corp', 'organization-invalid'],
    [';', 'setup-property'],
    ['gérard', 'organization-invalid'],
  ])('ALLOWEDORG=%s is refused', (allowedOrg) => {
    expect(() => policyValues({ ...NONE, allowedOrg }, null)).toThrow();
  });

  it('are split at semicolons alone, and are 0 or 1, no or docker-desktop', () => {
    expect(organizationsIn('a;b; c ')).toEqual(['a', 'b', 'c']);
    expect(organizationsIn('')).toEqual([]);
    expect([switchIn('AUTOSTART', ''), switchIn('AUTOSTART', '0')]).toEqual([null, false]);
    expect(() => switchIn('AUTOSTART', 'true')).toThrow();
    expect([attachIn(''), attachIn('no'), attachIn('docker-desktop')]).toEqual([false, false, true]);
    expect(() => attachIn('now')).toThrow();
  });
});

describe('Docker Desktop’s settings', () => {
  const ours = JSON.stringify({ configurationFileVersion: 2, proxy: { locked: true } });

  it('keep everything but the proxy', () => {
    const theirs = Buffer.from('\ufeff{"configurationFileVersion":3,"a":1,"proxy":{"mode":"system"}}');
    expect(JSON.parse(withProxy('F', theirs, ours).toString())).toEqual({
      ...{ configurationFileVersion: 3, a: 1 },
      proxy: { locked: true },
    });
    expect(JSON.parse(withProxy('F', null, ours).toString())).toEqual(JSON.parse(ours));
  });

  it.each(['[]', '{', 'null', '"x"', ''])('that are no object are left alone: %s', (theirs) => {
    expect(() => withProxy('F', Buffer.from(theirs), ours)).toThrow();
  });
});

describe('a value of the registry', () => {
  it.each<[RegistryData, { type: string; data: string }]>([
    [text('https://hub.example'), { type: 'REG_SZ', data: 'https://hub.example' }],
    [text('Größe ✓'), { type: 'REG_SZ', data: 'Größe ✓' }],
    [texts(['acme', 'globex']), { type: 'REG_MULTI_SZ', data: 'acme\\0globex' }],
    [texts([]), { type: 'REG_MULTI_SZ', data: '' }],
    [flag(true), { type: 'REG_DWORD', data: '0x1' }],
    [
      { type: 11, data: Buffer.from([2, 0, 0, 0, 0, 0, 0, 1]) },
      { type: 'REG_QWORD', data: '0x100000000000002' },
    ],
    [
      { type: 3, data: Buffer.from([0xab, 1]) },
      { type: 'REG_BINARY', data: 'AB01' },
    ],
    // Written by somebody who counted wrong.
    [
      { type: 1, data: Buffer.from('a\0b', 'latin1') },
      { type: 'REG_SZ', data: 'a' },
    ],
    [
      { type: 4, data: Buffer.from([1]) },
      { type: 'REG_DWORD', data: '' },
    ],
  ])('reads as reg.exe prints it', (value, printed) => expect(asPrinted(value)).toEqual(printed));
});
