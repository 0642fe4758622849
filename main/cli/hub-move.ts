import { randomBytes } from 'node:crypto';
import { HubConfig } from '../hub/config.ts';
import { moveToPostgres } from '../hub/operator/move-to-postgres.ts';
import { readConfigFile } from '../platform/fs/config-file.ts';
import { silentLogger } from '../platform/log/logger.ts';
import { asOwnerOf } from '../platform/process/as-owner-of.ts';
import { existingDataFolder } from './hub-operate.ts';
import { printLine } from './print.ts';

/** `portcullis hub move-to-postgres`. @throws ProblemError of the configuration, and of `moveToPostgres` */
export async function moveDatabase(configFile: string): Promise<void> {
  const config = await readConfigFile(configFile, HubConfig, 'docs/hub-api.md');
  const dataDir = await existingDataFolder(config);
  const { address, kept, revisions } = await asOwnerOf(dataDir, () =>
    moveToPostgres(config, { env: process.env, random: randomBytes, log: silentLogger() }),
  );
  printLine(`Everything is in ${address} now, sign-ins included.`);
  for (const { org, revision } of revisions) printLine(`${org}: revision ${revision}, as before.`);
  printLine(`Start the hub. The old database is ${kept}: it contains signing keys, so delete it once all is well.`);
}
