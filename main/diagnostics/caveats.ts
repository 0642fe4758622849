import type { Caveat } from '../../shared/caveat.ts';
import type { EngineState } from '../../shared/state/inputs.ts';

/** What is known about this machine without asking anybody. */
export interface CaveatFacts {
  platform: NodeJS.Platform;
  engine: EngineState['kind'];
  /** null while the engine has not told. */
  proxyInUse: boolean | null;
  /** Does an administrator require sign-in here? */
  signInEnforced: boolean;
}

/**
 * The limits of a filter by host name, told before somebody finds them out. Which of them hold here is found out as far as
 * it can be; the others are `unknown`, never left out.
 */
export function caveatsOf({ platform, engine, proxyInUse, signInEnforced }: CaveatFacts): Caveat[] {
  const when = (holds: boolean): Caveat['applies'] => (holds ? 'yes' : 'no');
  const guest = engine === 'wsl' || engine === 'lima';
  const always = { applies: 'yes', foundBy: 'always' } as const;
  const byEngine = `the kind of engine: ${engine}`;
  return [
    {
      ...warning('engine-socket', 'Who may use the engine is its administrator'),
      text: "Whoever can use the engine's socket can start a container that changes the engine's own settings.",
      applies: when(engine !== 'demo'),
      foundBy: byEngine,
      next: 'Give the socket to nobody who should be held to the list.',
    },
    {
      ...warning('guest-root', 'The user is root where the engine lives'),
      text: 'In WSL and Lima the user is root in the guest and can point the engine elsewhere: a guard rail, not a wall.',
      applies: when(guest),
      foundBy: byEngine,
      next: 'Enforce the list in the network as well.',
    },
    {
      ...warning('sign-out', 'Signing out lifts the restrictions'),
      text: 'Where an administrator does not enforce sign-in, whoever signs out is restricted by nothing.',
      applies: when(!signInEnforced),
      foundBy: 'the managed configuration',
      next: 'An administrator enforces sign-in with a registry.json.',
    },
    {
      ...warning('hosts-not-addresses', 'Hosts are judged, not addresses'),
      text: 'A proxy on this machine or an edited hosts file can lead from an allowed name to another place.',
      ...always,
      next: null,
    },
    {
      ...warning('other-builders', 'Other builders are not restricted'),
      text: 'docker buildx with a Kubernetes driver or a custom docker-container driver does not use this engine.',
      applies: 'unknown',
      foundBy: 'cannot be found out from here',
      next: 'See "docker buildx ls" for the builders that are set up.',
    },
    {
      ...warning('host-tools', 'Tools on the host do not ask the filter'),
      text: 'docker manifest inspect and docker buildx imagetools connect from the host, and so does BuildKit for registry tokens.',
      ...always,
      next: null,
    },
    {
      ...warning('loopback-registries', "Registries on the engine's own loopback are not judged"),
      text: 'Go programs use no proxy for loopback, so a pull-through cache in a container of this engine is reached unasked.',
      ...always,
      next: null,
    },
    {
      ...warning('hidden-names', 'Names can be hidden inside containers'),
      text: 'Domain fronting, encrypted ClientHello and DNS over HTTPS inside a container are not seen.',
      ...always,
      next: null,
    },
    {
      ...warning('wsl-distributions', 'All distributions in WSL 2 share one filter'),
      text: 'Below Linux kernel 5.4 it is not supported; up to 5.14 the traffic of every distribution is restricted, not only the engine’s.',
      applies: engine === 'wsl' ? 'unknown' : 'no',
      foundBy: byEngine,
      next: 'See "wsl --version" for the kernel, and "wsl --update" for a newer one.',
    },
    {
      ...info('container-dns', 'Containers can be given another resolver'),
      text: 'docker run --dns overrides the filter for that container; containers on the host network get the rules for pulls.',
      ...always,
      next: null,
    },
    {
      ...info('windows-containers', 'Windows containers are not restricted'),
      text: 'Their pulls and builds are restricted only where their daemon uses the proxy, and on Hyper-V not at all.',
      applies: when(platform === 'win32'),
      foundBy: `the platform: ${platform}`,
      next: null,
    },
    {
      ...info('push-and-pull', 'Push and pull are one'),
      text: 'A registry is allowed or refused as a whole. Who may push is for the registry itself to say.',
      ...always,
      next: null,
    },
    {
      ...info('add-url', 'ADD with a URL is restricted too'),
      text: 'A build that adds a file from the web needs its host on the list.',
      ...always,
      next: null,
    },
    {
      ...info('storage-hosts', 'Storage and redirects count'),
      text: 'A registry that serves layers from other hosts works only if these are allowed. Those of well-known registries are added by themselves.',
      ...always,
      next: null,
    },
    {
      ...info('local-images', 'What is already here is not judged again'),
      text: 'Images that were pulled before or loaded from a file can be used.',
      ...always,
      next: null,
    },
    {
      ...info('dns-ports', 'DNS knows no ports'),
      text: 'Where the engine uses no proxy, a line with a port allows its host at every port.',
      applies: proxyInUse === null ? 'unknown' : when(!proxyInUse),
      foundBy: "the engine's settings",
      next: null,
    },
  ];
}

function warning(code: string, title: string) {
  return { code, title, severity: 'warning' as const };
}

function info(code: string, title: string) {
  return { code, title, severity: 'info' as const };
}
