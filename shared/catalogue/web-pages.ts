/**
 * Web sites on which people look for images, and the registry that serves them. No engine pulls from the site, so an allowlist entry for
 * it is useless.
 */
export const WEB_SITES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'hub.docker.com': 'docker.io',
    'www.docker.com': 'docker.io',
    'docker.com': 'docker.io',
    'github.com': 'ghcr.io',
    'www.github.com': 'ghcr.io',
    'gallery.ecr.aws': 'public.ecr.aws',
    'catalog.redhat.com': 'registry.access.redhat.com',
    'catalog.ngc.nvidia.com': 'nvcr.io',
    'www.docker.elastic.co': 'docker.elastic.co',
    'images.chainguard.dev': 'cgr.dev',
    'fleet.linuxserver.io': 'lscr.io',
  }),
);
