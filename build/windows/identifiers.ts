import { createHash } from 'node:crypto';

/** Ours for these packages, at random once; everything else is derived from it. */
const NAMESPACE = '6f1d7a52-9a0c-4c1e-8a51-6f0a3a7b2d90';

/** The same in every version: by it Windows Installer finds what to upgrade, and Intune what to look for. */
export const UPGRADE_CODE = guidFor('upgrade');

/** Of one version: another build of the same version is the same product. */
export function productCode(version: string): string {
  return guidFor(`product ${version}`);
}

/** RFC 9562 section 5.5 (a name-based UUID, by SHA-1), in Windows Installer's spelling: the same name gives the same GUID in every build. */
export function guidFor(name: string): string {
  const space = Buffer.from(NAMESPACE.replaceAll('-', ''), 'hex');
  const bytes = createHash('sha1').update(space).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex').toUpperCase();
  return `{${[hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')}}`;
}
