import { z } from 'zod';
import { Access, HubName, PersonEmail, PersonName, Username } from '../../shared/schemas/hub/people.ts';
import { RegistryAccessSettings } from '../../shared/schemas/hub-schema.ts';
import { networksOf } from '../platform/net/public-address.ts';
import { IdentityConfig } from './external-identity/identity-config.ts';
import { LOOPBACK } from './http/listeners.ts';
import { MachinesConfig } from './machines/machines-config.ts';
import { DatabaseConfig } from './store/postgres-settings.ts';

const Listen = z.strictObject({
  /** `127.0.0.1` means this machine only: `localhost`, over IPv6 too where there is IPv6. */
  host: z.string().min(1).default(LOOPBACK),
  /** 0 picks a free port at the first start and stores it in the data folder, so that the address stays the same. */
  port: z.number().int().min(0).max(65535).default(0),
});

const SeedOrganization = z.strictObject({
  name: HubName,
  settings: RegistryAccessSettings.default({
    enabled: true,
    mode: 'enforce',
    registries: [{ address: 'docker.io', nickname: 'Docker Hub' }],
  }),
});

const SeedUser = z.strictObject({
  username: Username,
  name: PersonName.optional(),
  email: PersonEmail.optional(),
  organizations: z.array(z.strictObject({ name: HubName, role: Access })).max(100),
});

/** `portcullis hub run --config FILE`. The seed adds what is missing and leaves everything else alone. */
export const HubConfig = z
  .strictObject({
    dataDir: z.string().min(1),
    listen: Listen.prefault({}),
    /** The address that clients use where a TLS proxy is in front of the hub. One on this machine, for trying, may do without TLS. */
    publicUrl: z
      .url({ protocol: /^https?$/ })
      .refine((url) => url.startsWith('https:') || new URL(url).hostname === 'localhost', 'an https address')
      .optional(),
    /** PostgreSQL, which several hubs may share; without it, SQLite in the data folder. */
    database: DatabaseConfig.optional(),
    /** The key that secrets in the database are encrypted by: 32 bytes in base64, mode 0600; a line each, the newest first. */
    keyFile: z.string().min(1).optional(),
    seed: z
      .strictObject({
        organizations: z.array(SeedOrganization).max(1000).default([]),
        users: z.array(SeedUser).max(10_000).default([]),
      })
      .prefault({}),
    /**
     * `{"olivia":"…"}`, mode 0600; by default `passwords.json` in the data folder. Missing passwords are generated and
     * written to it, because a password belongs neither in an argument nor in a log.
     */
    passwordsFile: z.string().min(1).optional(),
    /** Where to write each signed policy as a file that any web server can serve, under the API's paths. */
    exportFolder: z.string().min(1).optional(),
    /** Lifetime of an access token, in seconds. */
    accessTokenSeconds: z.number().int().min(1).max(86_400).default(3600),
    /** How often every event stream gets a comment, in seconds, so that both ends notice a dead connection. */
    heartbeatSeconds: z.number().int().min(1).max(300).default(15),
    /** So many days the activity is kept. */
    activityDays: z.number().int().min(1).max(3650).default(400),
    /** Machines that prove what they enforce. */
    machines: MachinesConfig.prefault({}),
    /** Gets each entry of the activity as it happens (RFC 5424). */
    syslog: z
      .strictObject({
        host: z.string().min(1).max(255),
        port: z.number().int().min(1).max(65535).default(514),
        protocol: z.enum(['udp', 'tcp']).default('udp'),
      })
      .optional(),
    /** Where webhooks may go besides public addresses, and whom they trust besides the authorities that Node trusts. */
    webhooks: z
      .strictObject({
        /** `10.1.0.0/16`, `fd00::/8` or single addresses. */
        allowedNetworks: z
          .array(z.string())
          .max(100)
          .refine((networks) => networksOf(networks) !== null, 'networks such as 10.1.0.0/16, or addresses')
          .default([]),
        /** Certificates of authorities, PEM. */
        caFile: z.string().min(1).optional(),
      })
      .prefault({}),
    /** Sign-in by an OpenID provider; the hub's own accounts if not given. */
    identity: IdentityConfig.optional(),
    /** Log file; standard error if not given. */
    log: z.string().min(1).optional(),
  })
  .refine((config) => config.listen.host === LOOPBACK || config.publicUrl !== undefined, {
    path: ['publicUrl'],
    message: 'required unless listen.host is 127.0.0.1: the https address of the TLS proxy in front of the hub',
  })
  .refine(
    ({ seed }) =>
      seed.users.every((user) =>
        user.organizations.every(({ name }) => seed.organizations.some((organization) => organization.name === name)),
      ),
    { path: ['seed', 'users'], message: 'every organization of a user must be listed in seed.organizations' },
  );
export type HubConfig = z.infer<typeof HubConfig>;
