import { z } from 'zod';

/** What a headless agent is started with: a file, because a command line can be read by everybody. */
export const AgentConfig = z.strictObject({
  /** This user's alone; made if it is not there. */
  stateDir: z.string().min(1),
  /** The gateway's control socket. */
  gatewayControl: z.string().min(1),
  managedConfig: z.union([z.literal('system'), z.strictObject({ folder: z.string().min(1) })]).default('system'),
  engine: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('demo') }),
      z.strictObject({
        kind: z.enum(['vm', 'linux']),
        name: z.string().min(1).max(100).default('Docker Engine'),
        /** `unix:///run/docker.sock`, on Windows `npipe:////./pipe/docker_engine` */
        socket: z.string().regex(/^(unix|npipe):\/\/\//),
      }),
    ])
    .default({ kind: 'demo' }),
  /** The server where no administrator names one: for a user who volunteers. */
  hub: z.url({ protocol: /^https?$/ }).optional(),
  log: z.string().optional(),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** Of a process that serves an agent, with or without Electron. */
export const AgentProcessConfig = AgentConfig.extend({
  /** Where the command line finds it; the user's usual place if not given. */
  socket: z.string().min(1).optional(),
  /** Where the demo keeps its refresh token; the system's keyring if not given. */
  secretFile: z.string().min(1).optional(),
});
export type AgentProcessConfig = z.infer<typeof AgentProcessConfig>;
