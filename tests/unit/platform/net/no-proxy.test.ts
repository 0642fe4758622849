import { describe, expect, it } from 'vitest';
import { isDirect } from '../../../../main/platform/net/no-proxy.ts';

/** As https://pkg.go.dev/golang.org/x/net/http/httpproxy documents it. */
describe('NO_PROXY, as Go reads it', () => {
  it.each([
    ['corp.example', 'https://corp.example', true],
    ['corp.example', 'https://hub.corp.example', true],
    ['corp.example', 'https://othercorp.example', false],
    ['Corp.Example', 'https://HUB.corp.example./', true],
    ['.corp.example', 'https://corp.example', false],
    ['.corp.example', 'https://hub.corp.example', true],
    ['*.corp.example', 'https://corp.example', false],
    ['*.corp.example', 'https://hub.corp.example', true],
    ['corp.example:8443', 'https://corp.example', false],
    ['corp.example:8443', 'https://corp.example:8443', true],
    ['corp.example:443', 'https://corp.example', true],
    ['corp.example:80', 'http://corp.example', true],
    [' a.example , ,b.example', 'https://b.example', true],
    ['*', 'https://corp.example', true],
    ['corp.example,*', 'https://other.example', true],
    ['', 'https://corp.example', false],
    [',', 'https://corp.example', false],
    ['10.1.2.3', 'https://10.1.2.3', true],
    ['10.1.2.3:8080', 'https://10.1.2.3', false],
    ['10.0.0.0/8', 'https://10.200.0.1:8443', true],
    ['10.1.2.3/8', 'https://10.200.0.1', true],
    ['10.0.0.0/8', 'https://11.0.0.1', false],
    ['10.0.0.0/8', 'https://10.example', false],
    ['192.168.1.64/26', 'https://192.168.1.127', true],
    ['192.168.1.64/26', 'https://192.168.1.128', false],
    ['0.0.0.0/0', 'https://203.0.113.9', true],
    ['fd00::/8', 'https://[fd12::1]:8443', true],
    ['fd00::/8', 'https://[fe80::1]', false],
    ['fd00::1', 'https://[fd00::1]', true],
    ['[fd00::1]:8443', 'https://[fd00::1]:8443', true],
    ['[fd00::1]:8443', 'https://[fd00::1]', false],
    ['10.0.0.0/33', 'https://10.0.0.1', false],
    ['10.0.0.0/', 'https://10.0.0.1', false],
    ['corp.example/8', 'https://corp.example', false],
    [':8080', 'https://corp.example:8080', false],
    ['', 'http://localhost:3000', true],
    ['', 'http://127.0.0.1:3000', true],
    ['', 'http://127.9.9.9', true],
    ['', 'http://[::1]:3000', true],
    ['', 'http://localhost.example', false],
  ])('%j: %s is reached directly: %s', (list, url, expected) => {
    expect(isDirect(new URL(url), list)).toBe(expected);
  });
});
