import type { CaveatCode } from '../../schemas/caveat.ts';

export interface CaveatWords {
  title: string;
  text: string;
  /** What to do; null where there is nothing to do. */
  next: string | null;
}

/** The caveats in English, which is also what the agent sends. */
export const caveatsEn: Record<CaveatCode, CaveatWords> = {
  'engine-socket': {
    title: 'Whoever can use the engine is its administrator',
    text: "Whoever can use the engine's socket can start a container that changes the engine's own settings.",
    next: 'Give the socket to nobody who should be held to the list.',
  },
  'guest-root': {
    title: 'The user is root where the engine lives',
    text: 'In WSL and Lima the user is root in the guest and can point the engine elsewhere: a guard rail, not a wall.',
    next: 'Enforce the list in the network as well.',
  },
  'sign-out': {
    title: 'Signing out lifts the restrictions',
    text: 'Where an administrator does not enforce sign-in, whoever signs out is restricted by nothing.',
    next: 'An administrator enforces sign-in with a registry.json.',
  },
  'second-engine': {
    title: 'Another engine is not restricted',
    text:
      'Only the engine that this filter is attached to is held to the list. ' +
      'Others on this machine, and those a context points at, are not.',
    next: 'Remove what is not needed, or attach it.',
  },
  'other-builders': {
    title: 'Other builders are not restricted',
    text: 'docker buildx with a Kubernetes, remote or custom docker-container driver does not use this engine to pull.',
    next: 'Build with the default builder: docker buildx use default.',
  },
  'host-tools': {
    title: 'Tools on the host do not ask the filter',
    text: 'docker manifest inspect and docker buildx imagetools connect from the host, and so does BuildKit for registry tokens.',
    next: null,
  },
  'hosts-file': {
    title: "This machine's hosts file names registries",
    text: 'It leads names of registries to fixed addresses, past the DNS that the filter answers.',
    next: 'Remove these lines.',
  },
  'engine-no-proxy': {
    title: 'The engine goes past its proxy for some hosts',
    text: 'For what its NO_PROXY names the registry proxy is not asked; there DNS alone decides.',
    next: "Take the names out of the engine's NO_PROXY.",
  },
  'engine-dns': {
    title: 'Containers are given other resolvers',
    text: 'The engine\'s daemon.json sets "dns", so what runs inside containers does not ask the filter.',
    next: 'Take "dns" out of daemon.json.',
  },
  'registry-mirrors': {
    title: 'Docker Hub is pulled through a mirror',
    text: 'The engine asks the mirror first, under its own name: the list has to allow the mirror, and what it passes on is not judged.',
    next: 'Allow the mirror only if it holds to the list itself.',
  },
  'daemon-settings': {
    title: "The engine's settings cannot be read",
    text: 'daemon.json is not valid, so it is not known whether it sets mirrors, proxies or resolvers.',
    next: 'Correct the file.',
  },
  'cli-proxies': {
    title: 'Containers are given a proxy',
    text: "The command line's config.json sets proxies, which it hands to every container: what runs there goes through them.",
    next: 'Take "proxies" out of config.json where it is not needed.',
  },
  'loopback-registries': {
    title: "Registries on the engine's own loopback are not judged",
    text: 'Go programs use no proxy for loopback, so a pull-through cache in a container of this engine is reached unasked.',
    next: null,
  },
  'hosts-not-addresses': {
    title: 'Hosts are judged, not addresses',
    text: 'A proxy on this machine or an edited hosts file can lead from an allowed name to another place.',
    next: null,
  },
  'hidden-names': {
    title: 'Names can be hidden inside containers',
    text: 'Domain fronting, encrypted ClientHello and DNS over HTTPS inside a container are not seen.',
    next: null,
  },
  'wsl-kernel-old': {
    title: 'The WSL kernel is too old',
    text: 'Below Linux kernel 5.4 the restriction is not supported in WSL 2.',
    next: 'Run "wsl --update".',
  },
  'wsl-distributions': {
    title: 'All distributions in WSL 2 are restricted',
    text: 'With kernels from 5.4 to 5.14 the traffic of every distribution passes the filter, not only that of the engine.',
    next: 'Where that is not wanted, run "wsl --update" for kernel 5.15 or later.',
  },
  'wsl-kernel-new': {
    title: 'Other WSL distributions may be restricted too',
    text: "From kernel 5.15 on it was announced that only the engine's distribution is restricted. Whether that holds here is not proven.",
    next: null,
  },
  'windows-containers': {
    title: 'Windows containers are not restricted',
    text: 'Their pulls and builds are restricted only where their daemon uses the proxy.',
    next: 'Switch the engine to Linux containers.',
  },
  'hyperv-containers': {
    title: 'Hyper-V containers are not supported',
    text: 'Windows containers with Hyper-V isolation have a network of their own that does not pass the filter.',
    next: 'Switch the engine to Linux containers.',
  },
  'container-dns': {
    title: 'Containers can be given another resolver',
    text: 'docker run --dns overrides the filter for that container; containers on the host network get the rules for pulls.',
    next: null,
  },
  'push-and-pull': {
    title: 'Push and pull are one',
    text: 'A registry is allowed or refused as a whole. Who may push is for the registry itself to say.',
    next: null,
  },
  'add-url': {
    title: 'ADD with a URL is restricted too',
    text: 'A build that adds a file from the web needs its host on the list.',
    next: null,
  },
  'storage-hosts': {
    title: 'Storage and redirects count',
    text:
      'A registry that serves layers from other hosts works only if these are allowed. ' +
      'Those of well-known registries are added by themselves.',
    next: null,
  },
  'local-images': {
    title: 'What is already here is not judged again',
    text: 'Images that were pulled before or loaded from a file can be used.',
    next: null,
  },
  'dns-ports': {
    title: 'DNS knows no ports',
    text: 'Where the engine uses no proxy, a line with a port allows its host at every port.',
    next: null,
  },
};
