import { z } from 'zod';
import { Tour } from '../../shared/schemas/tour.ts';
import { EngineConfig } from './engines/create-engine.ts';

/** An agent's configuration: in a file, because every user can read a command line. */
export const AgentConfig = z.strictObject({
  /** Only this user's; made if it is not there. */
  stateDir: z.string().min(1),
  /** The gateway's control socket. */
  gatewayControl: z.string().min(1),
  managedConfig: z.union([z.literal('system'), z.strictObject({ folder: z.string().min(1) })]).default('system'),
  engine: EngineConfig.default({ kind: 'demo' }),
  /** The server of a user who signs in without an administrator; where one names a server, that one is used. */
  hub: z.url({ protocol: /^https?$/ }).optional(),
  log: z.string().optional(),
  tour: Tour.optional(),
});
export type AgentConfig = z.infer<typeof AgentConfig>;

/** The configuration of a process that runs an agent, with or without Electron. */
export const AgentProcessConfig = AgentConfig.extend({
  /** Where the command line connects; the user's usual place if not given. */
  socket: z.string().min(1).optional(),
  /** A file for the demo's refresh token; the system's keyring if not given. */
  secretFile: z.string().min(1).optional(),
});
export type AgentProcessConfig = z.infer<typeof AgentProcessConfig>;
