import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import type { Logger } from '../platform/log/logger.ts';
import { createSerialQueue } from '../platform/process/serial-queue.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { RegistryAccess } from './registry-access/registry-access.ts';
import type { SigningKeys } from './registry-access/signing-keys.ts';

/** Documents are renewed at half of their 72 hours; to look every ten minutes is early enough. */
const CHECK_MS = 10 * 60_000;
/** A web server of another user reads these; there is nothing secret in a signed policy. */
const READABLE = 0o644;

/**
 * Keeps `folder` as a web server's root that answers `GET /v1/policy-keys` and `GET /v1/orgs/{org}/registry-access` like
 * this hub: one signed file per organization, written anew at each revision and renewal.
 */
export async function startStaticExport(
  folder: string,
  organizations: string[],
  deps: { access: RegistryAccess; keys: SigningKeys; clock: Clock; log: Logger },
): Promise<{ stop: () => Promise<void> }> {
  const { access, keys, clock, log } = deps;
  const written = new Map<string, string>();

  let writtenKeys = '';

  async function write(): Promise<void> {
    const published = `${JSON.stringify(keys.published(), null, 2)}\n`;
    if (published !== writtenKeys) await place(join(folder, 'v1', 'policy-keys'), published);
    writtenKeys = published;
    for (const org of organizations) {
      const { document, etag } = access.policy(org);
      if (written.get(org) === etag) continue;
      await place(join(folder, 'v1', 'orgs', org, 'registry-access'), document.jws);
      written.set(org, etag);
    }
  }

  // One after another, so that an older document never lands on a newer one.
  const inOrder = createSerialQueue();
  const writeSoon = (): void => {
    inOrder(write).catch((error: unknown) => log.error({ err: error }, 'the policies could not be exported'));
  };
  let cancel = (): void => undefined;
  const keepLooking = (): void => {
    cancel = clock.after(CHECK_MS, () => {
      writeSoon();
      keepLooking();
    });
  };

  await write();
  keepLooking();
  const stopListening = [...organizations.map((org) => access.onRevision(org, writeSoon)), keys.onChange(writeSoon)];
  return {
    stop: async () => {
      cancel();
      for (const stop of stopListening) stop();
      await inOrder(() => undefined);
    },
  };
}

async function place(file: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, content, READABLE);
}
