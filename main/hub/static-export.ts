import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import type { Logger } from '../platform/log/logger.ts';
import { createSerialQueue } from '../platform/process/serial-queue.ts';
import type { Clock } from '../platform/time/clock.ts';
import { every } from '../platform/time/every.ts';
import type { RegistryAccess } from './registry-access/registry-access.ts';
import type { SigningKeys } from './registry-access/signing-keys.ts';

/** Documents are renewed after half of their 72 hours, so checking every ten minutes is early enough. */
const CHECK_MS = 10 * 60_000;
/** For a web server that runs as another user; a signed policy holds no secret. */
const READABLE = 0o644;

/**
 * Keeps `folder` as a web server's root that answers `GET /v1/policy-keys` and `GET /v1/orgs/{org}/registry-access` like
 * this hub: one signed file per organization, rewritten at each revision and renewal.
 */
export async function startStaticExport(
  folder: string,
  organizations: string[],
  deps: { access: RegistryAccess; keys: SigningKeys; clock: Clock; log: Logger },
): Promise<{ stop: () => Promise<void> }> {
  const { access, keys, clock } = deps;
  const log = deps.log.child({ part: 'static-export' });
  let writtenKeys = '';
  /** The entity tag of each organization's file. */
  const writtenTags = new Map<string, string>();

  async function write(): Promise<void> {
    const published = `${JSON.stringify(await keys.published(), null, 2)}\n`;
    if (published !== writtenKeys) await writePublicFile(join(folder, 'v1', 'policy-keys'), published);
    writtenKeys = published;
    for (const org of organizations) {
      const { document, etag } = await access.policy(org);
      if (writtenTags.get(org) === etag) continue;
      await writePublicFile(join(folder, 'v1', 'orgs', org, 'registry-access'), document.jws);
      writtenTags.set(org, etag);
    }
  }

  // One at a time, so that an older document never overwrites a newer one.
  const inTurn = createSerialQueue();
  const logFailure = (error: unknown): void => log.error({ err: error }, 'policies not exported');
  const writeSoon = (): void => {
    inTurn(write).catch(logFailure);
  };

  await write();
  const unsubscribe = [
    ...organizations.map((org) => access.onRevision(org, writeSoon)),
    keys.onChange(writeSoon),
    every(clock, CHECK_MS, () => inTurn(write), logFailure),
  ];
  return {
    stop: async () => {
      for (const stop of unsubscribe) stop();
      await inTurn(() => undefined);
    },
  };
}

async function writePublicFile(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, content, READABLE);
}
