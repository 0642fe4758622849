import { z } from 'zod';
import { RegistryAccessSettings, Role } from '../../shared/schemas/hub-schema.ts';
import { LOOPBACK } from './http/listeners.ts';

/** Narrower than what `allowedOrgs` accepts: this hub's names stand in addresses and file names too. */
const HubOrganization = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'letters, digits, dot, dash and underscore, at most 63');

const Listen = z.strictObject({
  /** `127.0.0.1` stands for this machine alone, by its name `localhost`, over IPv6 too where there is IPv6. */
  host: z.string().min(1).default(LOOPBACK),
  /** 0 takes a free port once and keeps it in the data folder, so that the address stays the same. */
  port: z.number().int().min(0).max(65535).default(0),
});

const SeedOrganization = z.strictObject({
  name: HubOrganization,
  settings: RegistryAccessSettings.default({
    enabled: true,
    mode: 'enforce',
    registries: [{ address: 'docker.io', nickname: 'Docker Hub' }],
  }),
});

const SeedUser = z.strictObject({
  /** What is typed on the sign-in page; letter case does not matter. */
  username: z.string().regex(/^[a-z0-9][a-z0-9._@-]{0,62}$/, 'lower-case letters, digits and . _ @ -, at most 63'),
  name: z.string().min(1).max(255).optional(),
  email: z.email().max(320).optional(),
  organizations: z.array(z.strictObject({ name: HubOrganization, role: Role })).max(100),
});

/** `portcullis hub run --config FILE`. What is seeded is added where it is missing; what exists already is left alone. */
export const HubConfig = z
  .strictObject({
    dataDir: z.string().min(1),
    listen: Listen.prefault({}),
    /** The address that people and programs use, where it is not the listener's own: a TLS proxy in front. */
    publicUrl: z.url({ protocol: /^https$/ }).optional(),
    seed: z
      .strictObject({
        organizations: z.array(SeedOrganization).max(1000).default([]),
        users: z.array(SeedUser).max(10_000).default([]),
      })
      .prefault({}),
    /**
     * `{"olivia":"…"}`, mode 0600. What a seeded user lacks there is generated and written there, because a password
     * belongs neither into an argument nor into a log. `passwords.json` in the data folder if not given.
     */
    passwordsFile: z.string().min(1).optional(),
    /** Where to put each signed policy as a file that any web server can serve, laid out like the API's addresses. */
    exportFolder: z.string().min(1).optional(),
    /** Life of an access token, in seconds. */
    accessTokenSeconds: z.number().int().min(1).max(86_400).default(3600),
    /** A comment goes down every event stream this often, in seconds, so that both ends notice a dead connection. */
    heartbeatSeconds: z.number().int().min(1).max(300).default(15),
    /** Log file; standard error if not given. */
    log: z.string().min(1).optional(),
  })
  .refine((config) => config.listen.host === LOOPBACK || config.publicUrl !== undefined, {
    path: ['publicUrl'],
    message: 'needed where the hub listens beyond this machine: the https address of the TLS proxy in front of it',
  })
  .refine(
    ({ seed }) =>
      seed.users.every((user) =>
        user.organizations.every(({ name }) => seed.organizations.some((organization) => organization.name === name)),
      ),
    { path: ['seed', 'users'], message: 'a user belongs to an organization that is not seeded' },
  );
export type HubConfig = z.infer<typeof HubConfig>;
