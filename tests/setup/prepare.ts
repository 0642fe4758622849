import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildKeytar, keytarLoads } from './keytar.ts';
import { type PreparedLayer, type Tool, tools } from './tools.ts';

/** `command` is what a person types to have the layer run here, or on which machine. */
export type Readiness = { ready: true } | { ready: false; because: string; command: string };

const APT_INSTALL = join(import.meta.dirname, 'apt-install.sh');

/**
 * Makes this machine fit for a layer that needs more than Node: as root on Debian or Ubuntu what is lacking is installed,
 * elsewhere nothing is touched and the command that would help is named.
 */
export function prepare(layer: PreparedLayer, env: NodeJS.ProcessEnv): Readiness {
  const run = layer === 'bench' ? 'npm run bench' : `npm run test:${layer}`;
  if (layer === 'keyring' && process.platform !== 'linux') {
    return { ready: false, because: 'the keyring of these tests is GNOME Keyring', command: `${run}, on Linux` };
  }
  if (layer === 'provider' && process.platform !== 'linux') {
    return { ready: false, because: 'LemonLDAP::NG comes as Debian packages', command: `${run}, on Debian` };
  }
  if (layer === 'engine' && process.platform !== 'linux') {
    return {
      ready: false,
      because: 'the engine runs in a Linux network namespace',
      command: `${run}, on Linux as root`,
    };
  }
  if (layer === 'vm' && (process.platform !== 'linux' || process.arch !== 'x64')) {
    return { ready: false, because: 'the machine is a Debian for x64', command: `${run}, on Debian x64 as root` };
  }
  if (layer === 'install' && (process.platform !== 'linux' || process.arch !== 'x64')) {
    return { ready: false, because: 'packages are built and tried on Linux x64', command: `${run}, on Linux x64` };
  }
  if (layer === 'bench' && process.platform !== 'linux') {
    return { ready: false, because: 'it measures in a Linux network namespace', command: `${run}, on Linux` };
  }
  const isRoot = process.getuid?.() === 0;
  if ((layer === 'engine' || layer === 'vm' || layer === 'install') && !isRoot) {
    return { ready: false, because: 'network namespaces need root', command: `sudo env "PATH=$PATH" ${run}` };
  }

  if (layer === 'vm' && !/^ID=debian$/m.test(readText('/etc/os-release'))) {
    return { ready: false, because: "the machine is made from Debian's own packages", command: `${run}, on Debian` };
  }
  const hasApt = process.platform === 'linux' && existsSync('/usr/bin/apt-get');
  const wanted = isRoot && hasApt ? lacking(layer, env, true) : [];
  if (wanted.length > 0) spawnSync(APT_INSTALL, packagesOf(wanted), { stdio: ['ignore', 'inherit', 'inherit'] });
  let missing = lacking(layer, env);
  const packages = packagesOf(missing);
  let failure = '';
  if (missing.length > 0 && isRoot && hasApt) {
    process.stdout.write(`Installing ${missing.map((tool) => tool.name).join(', ')} with apt.\n`);
    const apt = spawnSync(APT_INSTALL, packages, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (apt.status !== 0) failure = `; apt-get failed (${apt.error?.message ?? `exit ${apt.status ?? apt.signal}`})`;
    missing = lacking(layer, env);
  }
  if (missing.length > 0) {
    const because = `not installed: ${missing.map((tool) => tool.name).join(', ')}${failure}`;
    if (hasApt) return { ready: false, because, command: `sudo ${APT_INSTALL} ${packages.join(' ')} && ${run}` };
    return {
      ready: false,
      because,
      command: layer === 'e2e' ? `PORTCULLIS_CHROMIUM=/path/to/chromium ${run}` : `${run}, with these installed`,
    };
  }

  const needsNamespaces = layer === 'engine' || layer === 'vm' || layer === 'install';
  if (needsNamespaces && spawnSync('unshare', ['--mount', '--net', 'true']).status !== 0) {
    return {
      ready: false,
      because: 'this root may not make namespaces (a container without privileges?)',
      command: `${run}, in a machine or a privileged container`,
    };
  }
  if ((layer === 'keyring' || layer === 'package') && !keytarLoads() && !buildKeytar(env)) {
    return { ready: false, because: 'keytar cannot be built', command: `npm install --no-save && ${run}` };
  }
  return { ready: true };
}

function lacking(layer: PreparedLayer, env: NodeJS.ProcessEnv, optional?: true): readonly Tool[] {
  return tools.filter((tool) => tool.layers.includes(layer) && tool.optional === optional && tool.find(env) === null);
}

/** As apt-install.sh takes them. */
function packagesOf(missing: readonly Tool[]): string[] {
  return missing.map((tool) => tool.packages.join(','));
}

function readText(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
