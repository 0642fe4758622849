import { z } from 'zod';

/**
 * The limits there are of a filter by host name. The texts are in messages/, one file a language; which of them hold here is found out by the agent.
 */
export const CaveatCode = z.enum([
  'engine-socket',
  'guest-root',
  'sign-out',
  'attachment-weakened',
  'second-engine',
  'other-builders',
  'host-tools',
  'hosts-file',
  'engine-no-proxy',
  'engine-dns',
  'registry-mirrors',
  'daemon-settings',
  'cli-proxies',
  'loopback-registries',
  'hosts-not-addresses',
  'hidden-names',
  'wsl-kernel-old',
  'wsl-distributions',
  'wsl-kernel-new',
  'wsl-containers',
  'windows-containers',
  'hyperv-containers',
  'container-dns',
  'push-and-pull',
  'add-url',
  'storage-hosts',
  'local-images',
  'dns-ports',
]);
export type CaveatCode = z.infer<typeof CaveatCode>;

/** A limit of the enforcement on this machine, told before somebody finds it out. */
export const Caveat = z.object({
  code: CaveatCode,
  severity: z.enum(['info', 'warning']),
  title: z.string(),
  text: z.string(),
  next: z.string().nullable(),
  /** Does it hold here, as far as could be found out? */
  applies: z.enum(['yes', 'no', 'unknown']),
  /** How that was found out: a command or a file. null: it holds everywhere, there was nothing to find out. */
  foundBy: z.string().nullable(),
  /** What was found: names, lines, versions; in no language. */
  details: z.array(z.string()),
});
export type Caveat = z.infer<typeof Caveat>;
