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
    title: 'Anyone who can use the engine can administer it',
    text: "Access to the engine's socket is enough to start a container that changes the engine's own settings.",
    next: 'Do not give socket access to anyone whose pulls must be restricted.',
  },
  'guest-root': {
    title: 'The user is root where the engine runs',
    text: 'In WSL and Lima, the user is root in the guest and can redirect the engine: this is a guard rail, not a wall.',
    next: 'Enforce the allowed registries on the network as well.',
  },
  'sign-out': {
    title: 'Signing out lifts the restrictions',
    text: 'Unless an administrator enforces sign-in, a user who signs out is not restricted.',
    next: 'Ask your administrator to enforce sign-in with registry.json.',
  },
  'attachment-weakened': {
    title: 'The engine is no longer attached as it was',
    text: 'There is no way past the gateway now, but something that keeps it so was changed since root attached the engine.',
    next: 'See what it is: sudo portcullis engine audit. To restore it: sudo portcullis engine attach.',
  },
  'second-engine': {
    title: 'Another engine is not restricted',
    text:
      'Only the engine attached to this filter is restricted. ' +
      'Other engines on this machine, and engines that a Docker context points to, are not.',
    next: 'Remove the engines you do not need, or attach them.',
  },
  'other-builders': {
    title: 'Other builders are not restricted',
    text: 'docker buildx with a Kubernetes, remote or custom docker-container driver does not pull through this engine.',
    next: 'Use the default builder: docker buildx use default.',
  },
  'host-tools': {
    title: 'Tools on the host bypass the filter',
    text: 'docker manifest inspect, docker buildx imagetools and BuildKit (for registry tokens) connect directly from the host.',
    next: null,
  },
  'hosts-file': {
    title: "This machine's hosts file names registries",
    text: 'It maps registry names to fixed addresses, so the DNS filter is not asked about them.',
    next: 'Remove these lines.',
  },
  'engine-no-proxy': {
    title: 'The engine bypasses its proxy for some hosts',
    text: 'Hosts listed in its NO_PROXY do not go through the registry proxy; only the DNS filter applies to them.',
    next: "Remove these names from the engine's NO_PROXY.",
  },
  'engine-dns': {
    title: 'Containers use other DNS servers',
    text: 'The engine\'s daemon.json sets "dns", so containers do not ask the DNS filter.',
    next: 'Remove "dns" from daemon.json.',
  },
  'registry-mirrors': {
    title: 'Docker Hub is pulled through a mirror',
    text: 'The engine contacts the mirror first, under its own name. The mirror must be allowed, and what it serves is not filtered.',
    next: 'Allow the mirror only if it enforces the same allowed registries.',
  },
  'daemon-settings': {
    title: "The engine's settings cannot be read",
    text: 'daemon.json is not valid, so Portcullis cannot tell whether it sets mirrors, proxies or DNS servers.',
    next: 'Fix the file.',
  },
  'cli-proxies': {
    title: 'Containers use a proxy',
    text: "The Docker CLI's config.json sets proxies for every container, so their traffic goes through these proxies.",
    next: 'Remove "proxies" from config.json where it is not needed.',
  },
  'loopback-registries': {
    title: "Registries on the engine's loopback are not filtered",
    text: 'Go programs use no proxy for loopback addresses, so a pull-through cache in a container of this engine bypasses the filter.',
    next: null,
  },
  'hosts-not-addresses': {
    title: 'The filter checks host names, not addresses',
    text: 'A proxy on this machine or an edited hosts file can redirect an allowed name elsewhere.',
    next: null,
  },
  'hidden-names': {
    title: 'Containers can hide host names',
    text: 'Domain fronting, Encrypted Client Hello and DNS over HTTPS inside a container are not visible to the filter.',
    next: null,
  },
  'wsl-kernel-old': {
    title: 'The WSL kernel is too old',
    text: 'Restrictions in WSL 2 need Linux kernel 5.4 or later.',
    next: 'Run "wsl --update".',
  },
  'wsl-distributions': {
    title: 'All WSL 2 distributions are restricted',
    text: "With kernels 5.4 to 5.14, the traffic of every distribution goes through the filter, not only the engine's.",
    next: 'To restrict only the engine, run "wsl --update" to get kernel 5.15 or later.',
  },
  'wsl-kernel-new': {
    title: 'Other WSL distributions may be restricted too',
    text: "From kernel 5.15, only the engine's distribution should be restricted. This has not been tested here.",
    next: null,
  },
  'wsl-containers': {
    title: "Windows' own WSL containers go past the filter",
    text: 'Only the policy of WSL restricts them (wslc): a copy of the list that is neither signed nor updated, without wildcards. Without it they pull from anywhere.',
    next: 'Export the list whenever it changes: portcullis engine wsl-allowlist. Or forbid them: AllowWSLContainer=0.',
  },
  'windows-containers': {
    title: 'Windows containers are not restricted',
    text: 'Their pulls and builds are restricted only if their daemon uses the proxy.',
    next: 'Switch the engine to Linux containers.',
  },
  'hyperv-containers': {
    title: 'Hyper-V containers are not supported',
    text: 'Windows containers with Hyper-V isolation have their own network, which bypasses the filter.',
    next: 'Switch the engine to Linux containers.',
  },
  'container-dns': {
    title: 'Containers can use another DNS server',
    text: 'docker run --dns bypasses the DNS filter for that container. Containers on the host network follow the rules for pulls.',
    next: null,
  },
  'push-and-pull': {
    title: 'Push and pull are not told apart',
    text: 'A registry is allowed or blocked as a whole. The registry itself controls who can push.',
    next: null,
  },
  'add-url': {
    title: 'ADD with a URL is restricted too',
    text: 'A build that adds a file from the web works only if its host is allowed.',
    next: null,
  },
  'storage-hosts': {
    title: 'Storage hosts and redirects must be allowed',
    text:
      'A registry that serves layers from other hosts works only if these hosts are allowed. ' +
      'For well-known registries these are added automatically.',
    next: null,
  },
  'local-images': {
    title: 'Images already on this machine stay usable',
    text: 'Images that were pulled earlier or loaded from a file are not checked again.',
    next: null,
  },
  'dns-ports': {
    title: 'The DNS filter does not see ports',
    text: 'Where the engine uses no proxy, an entry with a port allows its host on every port.',
    next: null,
  },
};
