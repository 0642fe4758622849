import { dirname, join, resolve, win32 } from 'node:path';
import { GatewayConfig } from '../../shared/schemas/control-schema.ts';
import { parseJson } from '../../shared/schemas/parse-json.ts';
import { systemGatewayControl } from '../platform/fs/places.ts';

/** Where a gateway is asked, and what keeps it running there: that is what decides which command helps. */
export interface GatewayPlace {
  /** Its control socket. */
  control: string;
  /** Its configuration file; null where none was found. */
  config: string | null;
  keptBy: 'systemd' | 'windows' | 'demo' | 'nobody';
}

/** What is looked at to find one. */
export interface GatewaySurroundings {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  /** The folder where the demo stores everything by default. */
  demoFolder: string;
  exists(path: string): Promise<boolean>;
  /** @returns null where the file cannot be read. */
  read(path: string): Promise<string | null>;
}

export const SYSTEM_CONFIG = '/etc/portcullis/gateway.json';

/** The environment is the user's own to set: whoever listens at the pipe that a file names is asked who it is. */
function windowsConfig(env: NodeJS.ProcessEnv): string {
  return win32.join(env.ProgramData ?? 'C:\\ProgramData', 'Portcullis', 'gateway.json');
}
const UNIT_FILES = ['/etc/systemd/system', '/usr/lib/systemd/system', '/lib/systemd/system'].map((folder) =>
  join(folder, 'portcullis-gateway.service'),
);

/**
 * The gateway of this machine: the demo's, if `PORTCULLIS_AGENT_SOCKET` leads to a demo; the one that was installed; or else the
 * demo's in its usual folder.
 *
 * @returns null where there is none.
 */
export async function findGateway(around: GatewaySurroundings): Promise<GatewayPlace | null> {
  const named = around.env.PORTCULLIS_AGENT_SOCKET;
  const namedDemo = named ? await demoIn(dirname(dirname(resolve(named))), around) : null;
  return namedDemo ?? (await installed(around)) ?? (await demoIn(around.demoFolder, around));
}

/** Of a gateway that was named by its configuration `file`. */
export async function placeOf(file: string, control: string, around: GatewaySurroundings): Promise<GatewayPlace> {
  const config = resolve(file);
  if (config === SYSTEM_CONFIG && (await hasService(around))) return { control, config, keptBy: 'systemd' };
  const isService = around.platform === 'win32' && config.toLowerCase() === windowsConfig(around.env).toLowerCase();
  if (isService) return { control, config, keptBy: 'windows' };
  const isDemo = (await demoIn(dirname(config), around))?.config === config;
  if (isDemo) return { control, config, keptBy: 'demo' };
  // As it was typed, which is how it was probably started.
  return { control, config: config === SYSTEM_CONFIG ? config : file, keptBy: 'nobody' };
}

async function installed(around: GatewaySurroundings): Promise<GatewayPlace | null> {
  if (around.platform === 'win32') {
    const config = windowsConfig(around.env);
    if (!(await around.exists(config))) return null;
    const control = (await controlIn(config, around)) ?? systemGatewayControl(around.platform);
    return { control, config, keptBy: 'windows' };
  }
  const isService = await hasService(around);
  const control = systemGatewayControl(around.platform);
  const hasConfig = await around.exists(SYSTEM_CONFIG);
  if (!isService && !hasConfig && !(await around.exists(control))) return null;
  return {
    control: (await controlIn(SYSTEM_CONFIG, around)) ?? control,
    config: hasConfig ? SYSTEM_CONFIG : null,
    keptBy: isService ? 'systemd' : 'nobody',
  };
}

/** The demo writes its gateway's configuration into its folder, once it has made the folder its own. */
async function demoIn(folder: string, around: GatewaySurroundings): Promise<GatewayPlace | null> {
  if (!(await around.exists(join(folder, 'portcullis-demo.json')))) return null;
  const config = join(folder, 'gateway.json');
  const control = await controlIn(config, around);
  return control === null ? null : { control, config, keptBy: 'demo' };
}

async function controlIn(config: string, around: GatewaySurroundings): Promise<string | null> {
  const parsed = GatewayConfig.pick({ control: true })
    .loose()
    .safeParse(parseJson((await around.read(config)) ?? ''));
  return parsed.success ? parsed.data.control : null;
}

async function hasService({ platform, exists }: GatewaySurroundings): Promise<boolean> {
  if (platform !== 'linux') return false;
  return (await Promise.all(UNIT_FILES.map(exists))).includes(true);
}
