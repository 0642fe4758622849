import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Where the certificate comes from: the environment of whoever builds a release. Nothing of it is in the project. */
export interface SigningCertificate {
  /** A PKCS #12 file, and a file with its password, which is never an argument. */
  pkcs12: string;
  passwordFile: string;
  /** An RFC 3161 server; without it a signature ends with the certificate. */
  timestampUrl: string | null;
}

/**
 * `PORTCULLIS_SIGN_PKCS12` and `PORTCULLIS_SIGN_PASSWORD_FILE`, and `PORTCULLIS_SIGN_TIMESTAMP_URL`.
 * @returns null where nothing is to be signed @throws Error where only one of the first two is set
 */
export function signingCertificate(env: NodeJS.ProcessEnv): SigningCertificate | null {
  const { PORTCULLIS_SIGN_PKCS12: pkcs12 = '', PORTCULLIS_SIGN_PASSWORD_FILE: passwordFile = '' } = env;
  if (pkcs12 === '' && passwordFile === '') return null;
  if (pkcs12 === '' || passwordFile === '') {
    throw new Error('PORTCULLIS_SIGN_PKCS12 and PORTCULLIS_SIGN_PASSWORD_FILE belong together');
  }
  return { pkcs12, passwordFile, timestampUrl: env.PORTCULLIS_SIGN_TIMESTAMP_URL || null };
}

/** Authenticode by osslsigncode, in place: a program or a package. @throws Error where it is not signed */
export function sign(file: string, { pkcs12, passwordFile, timestampUrl }: SigningCertificate): void {
  const work = mkdtempSync(`${file}.signing-`);
  try {
    const signed = join(work, 'signed');
    const certificate = ['-pkcs12', pkcs12, '-readpass', passwordFile];
    const described = ['-h', 'sha256', '-n', 'Portcullis', ...(timestampUrl === null ? [] : ['-ts', timestampUrl])];
    execFileSync('osslsigncode', ['sign', ...certificate, ...described, '-in', file, '-out', signed], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    renameSync(signed, file);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
