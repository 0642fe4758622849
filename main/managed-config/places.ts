import { join } from 'node:path';
import { ProblemError } from '../../shared/problem.ts';
import { type Format, organizationsIn, settingsIn } from './file-source.ts';
import { rootOnly, userOrRoot } from './owner-and-mode.ts';
import { judgePortcullisJson, MAX_PORTCULLIS_JSON_BYTES } from './portcullis-json.ts';
import type { Source } from './reading.ts';
import { judgeRegistryJson, MAX_REGISTRY_JSON_BYTES } from './registry-json.ts';
import type { TrustRule } from './trusted-file.ts';

const registryJson = {
  kind: 'registry-json',
  maxBytes: MAX_REGISTRY_JSON_BYTES,
  judge: judgeRegistryJson,
} satisfies Format<string[]>;
const portcullisJson = {
  kind: 'portcullis-json',
  maxBytes: MAX_PORTCULLIS_JSON_BYTES,
  judge: judgePortcullisJson,
} satisfies Format<unknown>;

/** The two files of one folder of ours. */
function filesOf(folder: string, rule: TrustRule): Source[] {
  return [
    organizationsIn(join(folder, 'registry.json'), registryJson, rule),
    settingsIn(join(folder, 'portcullis.json'), portcullisJson, rule),
  ];
}

/** A folder named for a trial or a test stands in for all of the system's places. */
export function trialSources(folder: string, user: { uid: number; gid: number }): Source[] {
  return filesOf(folder, userOrRoot(user));
}

/**
 * Where an administrator puts things on this system, in Docker Desktop's order and then our own folder. Fixed paths: no
 * environment variable has a say, because the user can set those.
 *
 * @throws ProblemError `platform-unsupported`.
 */
export function systemSources(platform: NodeJS.Platform): Source[] {
  const rule = rootOnly;
  switch (platform) {
    case 'linux':
      return [
        organizationsIn('/usr/share/docker-desktop/registry/registry.json', registryJson, rule),
        ...filesOf('/etc/portcullis', rule),
      ];
    case 'darwin':
      return [
        organizationsIn('/Library/Application Support/com.docker.docker/registry.json', registryJson, rule),
        ...filesOf('/Library/Application Support/Portcullis', rule),
      ];
    default:
      throw new ProblemError({
        code: 'platform-unsupported',
        message: `Where an administrator puts settings on ${platform} is not known.`,
        next: 'Use Linux, macOS or Windows.',
      });
  }
}
