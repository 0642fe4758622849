import { z } from 'zod';
import { DIRECT_PROBE_SUFFIX } from '../../../../shared/probe-names.ts';
import { parseJson } from '../../../../shared/schemas/parse-json.ts';

/** What of the engine's `GET /info` tells whether the filter can hold it. Engines leave out what is empty. */
export const EngineSelf = z.object({
  OSType: z.string().default(''),
  Isolation: z.string().default(''),
  KernelVersion: z.string().default(''),
  NoProxy: z.string().default(''),
  RegistryConfig: z.object({ Mirrors: z.array(z.string()).nullish() }).nullish(),
});
export type EngineSelf = z.infer<typeof EngineSelf>;

/** What NO_PROXY names beside this machine itself and the names of our own probe. */
export function goingPastTheProxy(noProxy: string): string[] {
  return noProxy
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => {
      const host = entry.replace(/^\*?\./, '');
      return (
        host !== '' &&
        !/^(localhost|127\.0\.0\.0\/8|127\.\d+\.\d+\.\d+|\[?::1\]?)$/.test(host) &&
        host !== DIRECT_PROBE_SUFFIX
      );
    });
}

/** What of `daemon.json` (dockerd's configuration file) bears on the filter. */
export interface DaemonSettings {
  dns: string[];
  mirrors: string[];
}

const DaemonJson = z.object({
  dns: z.array(z.string()).default([]),
  'registry-mirrors': z.array(z.string()).default([]),
});

/** null: it is not valid, so dockerd does not start with it, or has started with an older one. */
export function readDaemonJson(content: string): DaemonSettings | null {
  const parsed = DaemonJson.safeParse(parseJson(content.replace(/^\uFEFF/, '')));
  return parsed.success ? { dns: parsed.data.dns, mirrors: parsed.data['registry-mirrors'] } : null;
}

const CliConfig = z.object({
  proxies: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
});

/**
 * The command line's `config.json`: which proxies it hands to containers, by engine. Values are not repeated, as they may hold
 * a password.
 */
export function proxiesForContainers(content: string): string[] {
  const parsed = CliConfig.safeParse(parseJson(content));
  const proxies = parsed.success ? (parsed.data.proxies ?? {}) : {};
  return Object.entries(proxies).flatMap(([engine, settings]) =>
    Object.keys(settings)
      .filter((name) => name !== 'noProxy')
      .map((name) => `${engine}: ${name}`),
  );
}
