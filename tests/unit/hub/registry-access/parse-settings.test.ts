import { describe, expect, it } from 'vitest';
import { parseSettings } from '../../../../main/hub/registry-access/parse-settings.ts';

const parse = (settings: unknown) => parseSettings(Buffer.from(JSON.stringify(settings)));
const settings = (registries: unknown[]) => ({ enabled: true, mode: 'enforce', registries });

describe('settings', () => {
  it('keep each address in its canonical spelling, with its nickname', () => {
    const registries = [{ address: 'https://GHCR.io/acme', nickname: 'GitHub' }, { address: '*.Example.com' }];
    expect(parse(settings(registries))).toMatchObject({
      ok: true,
      settings: { registries: [{ address: 'ghcr.io', nickname: 'GitHub' }, { address: '*.example.com' }] },
    });
  });

  it('come with what there is to say about addresses as they were written', () => {
    const registries = [{ address: 'ghcr.io/acme' }, { address: 'quay.io' }, { address: 'http://registry.example/' }];
    expect(parse(settings(registries))).toMatchObject({
      ok: true,
      settings: { registries: [{ address: 'ghcr.io' }, { address: 'quay.io' }, { address: 'registry.example:80' }] },
      notices: [
        { pointer: '/registries/0/address', problem: { code: 'address-path-dropped' } },
        { pointer: '/registries/2/address', problem: { code: 'address-plain-http' } },
      ],
    });
    const many = parse(settings(Array.from({ length: 30 }, (_, index) => ({ address: `r${index}` }))));
    expect(many.ok && many.notices).toHaveLength(20);
  });

  it('are rejected with the place and the problem of each error', () => {
    const registries = [{ address: 'a.example' }, { address: 'no host' }, { address: 'A.example' }];
    expect(parse(settings(registries))).toMatchObject({
      ok: false,
      faults: [
        { pointer: '/registries/1/address' },
        {
          pointer: '/registries/2/address',
          problem: { code: 'registry-listed-twice', args: { address: 'a.example' } },
        },
      ],
    });
  });

  it('report at most 20 errors', () => {
    for (const address of ['no host', 7]) {
      const parsed = parse(settings(Array.from({ length: 30 }, () => ({ address }))));
      expect(parsed.ok || parsed.faults).toHaveLength(20);
    }
  });

  it.each([
    ['truncated JSON', Buffer.from('{"enabled":')],
    ['bytes that are not UTF-8', Buffer.of(0x22, 0xff, 0x22)],
  ])('are rejected as a whole if they are %s', (_what, body) => {
    expect(parseSettings(body)).toMatchObject({
      ok: false,
      faults: [{ pointer: '', problem: { code: 'settings-not-json', cause: expect.any(String) } }],
    });
  });
});

describe('texts that are shown to people', () => {
  const parsed = (change: object) =>
    parseSettings(
      new TextEncoder().encode(
        JSON.stringify({ enabled: true, mode: 'enforce', registries: [{ address: 'ghcr.io' }], ...change }),
      ),
    );

  it.each(['\u001b]0;owned\u0007', 'a\nb', '\u009b2J', '\u202egpj', 'a\u2028b'])('must not hold %j', (text) => {
    expect(parsed({ contact: text })).toMatchObject({ ok: false, faults: [{ pointer: '/contact' }] });
    const registries = [{ address: 'ghcr.io' }, { address: 'quay.io', nickname: text }];
    expect(parsed({ registries })).toMatchObject({ ok: false, faults: [{ pointer: '/registries/1/nickname' }] });
  });

  it('may be in any language', () => {
    const registries = [{ address: 'ghcr.io', nickname: 'רישום 東京' }];
    expect(parsed({ contact: 'Zoë, #platform', registries })).toMatchObject({ ok: true });
  });
});
