import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP } from 'node:net';

/** A certificate and its private key, both PEM. */
export interface Certificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Authority {
  /** PEM, to be trusted by who talks to the servers. */
  readonly certificate: string;
  /** A server's certificate for these host names and IPv4 addresses. */
  issue(...names: [string, ...string[]]): Certificate;
}

/**
 * A certification authority for the demo and the tests: P-256, valid from yesterday for a month. Node can read X.509 but not
 * write it, so the few structures of RFC 5280 that a server certificate needs are written out below.
 */
export function createAuthority(commonName = 'Portcullis test authority'): Authority {
  const pair = keyPair();
  const issuer = name(commonName);
  const self = certificate({
    issuer,
    subject: issuer,
    subjectKey: pair.publicKey,
    issuerKeys: pair,
    extensions: [
      extension('2.5.29.19', true, sequence(der(0x01, [0xff]))), // basicConstraints: cA
      extension('2.5.29.15', true, der(0x03, [1, 0b0000_0110])), // keyUsage: keyCertSign, cRLSign
      extension('2.5.29.14', false, der(0x04, keyIdentifier(pair.publicKey))),
    ],
  });
  return {
    certificate: pem('CERTIFICATE', self),
    issue(...names) {
      const server = keyPair();
      const signed = certificate({
        issuer,
        subject: name(names[0]),
        subjectKey: server.publicKey,
        issuerKeys: pair,
        extensions: [
          extension('2.5.29.17', false, sequence(...names.map(generalName))), // subjectAltName
          extension('2.5.29.37', false, sequence(objectIdentifier('1.3.6.1.5.5.7.3.1'))), // extKeyUsage: serverAuth
          extension('2.5.29.35', false, sequence(der(0x80, keyIdentifier(pair.publicKey)))),
        ],
      });
      return {
        certificate: pem('CERTIFICATE', signed),
        key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

function keyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function certificate(parts: {
  issuer: Buffer;
  subject: Buffer;
  subjectKey: KeyObject;
  issuerKeys: KeyPair;
  extensions: Buffer[];
}): Buffer {
  const ecdsaWithSha256 = sequence(objectIdentifier('1.2.840.10045.4.3.2'));
  const day = 24 * 60 * 60 * 1000;
  const toBeSigned = sequence(
    der(0xa0, der(0x02, [2])), // version 3
    der(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(15)])), // serial number, positive
    ecdsaWithSha256,
    parts.issuer,
    sequence(utcTime(Date.now() - day), utcTime(Date.now() + 30 * day)),
    parts.subject,
    parts.subjectKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...parts.extensions)),
  );
  const signature = sign('sha256', toBeSigned, parts.issuerKeys.privateKey);
  return sequence(toBeSigned, ecdsaWithSha256, der(0x03, [0], signature));
}

/** RFC 5280 section 4.2.1.6: dNSName or iPAddress. */
function generalName(host: string): Buffer {
  return isIP(host) === 4 ? der(0x87, host.split('.').map(Number)) : der(0x82, Buffer.from(host, 'latin1'));
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(objectIdentifier('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

function extension(identifier: string, critical: boolean, value: Buffer): Buffer {
  return sequence(objectIdentifier(identifier), ...(critical ? [der(0x01, [0xff])] : []), der(0x04, value));
}

function keyIdentifier(key: KeyObject): Buffer {
  return createHash('sha1')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest();
}

/** `YYMMDDHHMMSSZ`, good until 2049. */
function utcTime(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(digits.slice(2), 'latin1'));
}

function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return der(0x06, [first * 40 + second, ...rest.flatMap(base128)]);
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let rest = value >>> 7; rest > 0; rest >>>= 7) digits.unshift((rest & 0x7f) | 0x80);
  return digits;
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** Tag, length and value of ITU-T X.690, "Distinguished Encoding Rules". */
function der(tag: number, ...parts: (Buffer | readonly number[])[]): Buffer {
  const value = Buffer.concat(parts.map((part) => Buffer.from(part)));
  const { length } = value;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...header]), value]);
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}
