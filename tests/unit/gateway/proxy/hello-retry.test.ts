import { describe, expect, it } from 'vitest';
import { createSecondHelloReader, isHelloRetry } from '../../../../main/gateway/proxy/hello-retry.ts';
import { clientHello, helloRetry, serverHello, serverName } from '../../../support/client-hello.ts';

const second = clientHello([serverName('a.example')]);
const middlebox = Buffer.from([20, 3, 3, 0, 1, 1]);
const earlyData = Buffer.from([23, 3, 3, 0, 2, 7, 7]);

describe('a HelloRetryRequest', () => {
  it('is told from a ServerHello by its random, however it is cut', () => {
    expect(isHelloRetry(helloRetry())).toBe(true);
    expect(isHelloRetry(serverHello())).toBe(false);
    for (let length = 0; length < 43; length += 1) expect(isHelloRetry(helloRetry().subarray(0, length))).toBeNull();
    const handshake = helloRetry().subarray(5);
    const cut = [...handshake].flatMap((byte) => [22, 3, 3, 0, 1, byte]);
    expect(isHelloRetry(Buffer.from(cut))).toBe(true);
  });

  it.each([
    ['an alert', [21, 3, 3, 0, 2, 2, 40]],
    ['another handshake message', [22, 3, 3, 0, 4, 11, 0, 0, 0]],
    ['an empty record', [22, 3, 3, 0, 0]],
    ['what is no TLS', [...Buffer.from('HTTP/1.1 400 Bad Request')]],
  ])('is not %s', (_what, bytes) => {
    expect(isHelloRetry(Buffer.from(bytes))).toBe(false);
  });
});

describe('the second hello', () => {
  it.each([
    ['alone', second],
    ['behind what middleboxes want', Buffer.concat([middlebox, second])],
    ['behind early data', Buffer.concat([earlyData, middlebox, earlyData, second])],
  ])('is read %s, also byte by byte', (_what, bytes) => {
    expect(createSecondHelloReader().read(bytes)).toMatchObject({ kind: 'hello', serverName: 'a.example' });
    const reader = createSecondHelloReader();
    const answers = [...bytes].map((byte) => reader.read(Uint8Array.of(byte)).kind);
    expect(answers.at(-1)).toBe('hello');
    expect(new Set(answers.slice(0, -1))).toEqual(new Set(['incomplete']));
  });

  it.each([
    ['an alert', [21, 3, 3, 0, 2, 2, 40]],
    ['another handshake message', [22, 3, 3, 0, 4, 16, 0, 0, 0]],
    ['what is no TLS', [...Buffer.from('GET / HTTP/1.1')]],
  ])('is not %s, which ends the tunnel', (_what, bytes) => {
    expect(createSecondHelloReader().read(Buffer.from(bytes))).toEqual({ kind: 'malformed' });
  });

  it('is not awaited behind early data without end', () => {
    const reader = createSecondHelloReader();
    const record = Buffer.concat([Buffer.from([23, 3, 3, 0x40, 0]), Buffer.alloc(0x4000)]);
    const kinds = Array.from({ length: 9 }, () => reader.read(record).kind);
    expect(kinds.at(-1)).toBe('malformed');
  });
});
