import { WEB_SITES } from '../catalogue/web-pages.ts';

/*
 * What people have at hand when they ask "may I pull this?": a command, a line of a Dockerfile or a Compose file, the address of a web
 * page. Read as the image or host that they mean; everything else stays as it is, for the parsers of images and hosts to judge.
 */

/** The image or host that a pasted line means, as one would type it after `docker pull`. Never throws. */
export function readPasted(text: string): string {
  const line = unquoted(text.trim().replace(/^[$>%]\s+/, ''));
  const image = imageOfCommand(line) ?? imageOfLine(line) ?? line;
  return imageOfUrl(unquoted(image));
}

const MAX_PASTED = 16_384;

/** One line that is not empty, or the one of several that names an image; empty where none does. */
export function pastedLine(text: string): string {
  const lines = text
    .slice(0, MAX_PASTED)
    .split(/[\r\n\u2028\u2029]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return (
    lines.find((line) => imageOfLine(line) !== null || imageOfCommand(line) !== null) ??
    (lines.length === 1 ? lines[0] : undefined) ??
    ''
  );
}

function unquoted(text: string): string {
  return /^(["'`])(.*)\1$/.exec(text)?.[2]?.trim() ?? text;
}

const PROGRAMS = new Set('docker podman nerdctl buildah crane skopeo oras helm regctl ctr crictl'.split(' '));
const VERBS = new Set('pull push run create inspect copy from digest manifest config'.split(' '));
const GROUPS = new Set('image images container buildx imagetools manifest compose'.split(' '));
/** Options of `run` and `create` that take no value. */
const ALONE =
  /^(?:-[ditPq]+|--(?:detach|interactive|tty|rm|privileged|init|read-only|publish-all|quiet|all-tags|no-healthcheck)|--\w[\w-]*=.*)$/;

/** `docker pull nginx`, `sudo podman run --rm -p 80:80 nginx:1 sh`, `skopeo inspect docker://quay.io/x/y`. */
function imageOfCommand(line: string): string | null {
  const words = line.split(/\s+/);
  if (words[0] === 'sudo') words.shift();
  const [program = '', ...rest] = words;
  if (!PROGRAMS.has(program)) return null;
  let verb: string | null = null;
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] ?? '';
    if (word.startsWith('-')) {
      if (!ALONE.test(word)) i += 1;
    } else if (VERBS.has(word) && (verb === null || GROUPS.has(verb))) verb = word;
    else if (verb === null && GROUPS.has(word)) continue;
    else return verb === null ? null : unquoted(word);
  }
  return null;
}

/** `FROM --platform=x nginx AS web`, `image: nginx`, `COPY --from=nginx …`. */
function imageOfLine(line: string): string | null {
  const from = /^FROM\s+(?:--platform=\S+\s+)?(\S+)(?:\s+AS\s+\S+)?(?:\s*#.*)?$/i.exec(line)?.[1];
  if (from !== undefined) return from;
  const key = /^(?:-\s+)?["']?image["']?\s*:\s*(\S+?)["']?,?(?:\s+#.*)?$/.exec(line)?.[1];
  if (key !== undefined) return key.replace(/^["']|["']$/g, '');
  return /^COPY\s+(?:--\S+\s+)*--from=(\S+[./:]\S*)\s/i.exec(line)?.[1] ?? null;
}

/** Schemes that only say of what kind a reference is. */
const REFERENCE_SCHEME = /^(?:docker|docker-image|oci|registry):\/\//i;

function imageOfUrl(text: string): string {
  if (REFERENCE_SCHEME.test(text)) return text.replace(REFERENCE_SCHEME, '');
  const hasScheme = /^https?:\/\//i.test(text);
  const written = hasScheme ? text : `https://${text}`;
  if (!URL.canParse(written) || /\s/.test(text)) return text;
  const url = new URL(written);
  // A page has a path, and what is typed after `docker pull` has neither a user nor a query.
  if (url.username !== '' || url.port !== '') return text;
  const parts = url.pathname
    .split('/')
    .filter((part) => part !== '')
    .map(decoded);
  const page = PAGES.get(url.hostname)?.(parts, url.searchParams);
  if (page !== undefined && page !== null) return page;
  const site = WEB_SITES.get(url.hostname);
  if (site !== undefined && (hasScheme || parts.length > 0) && url.hostname.endsWith('docker.com')) return site;
  if (!hasScheme) return text;
  return imageOfApi(url.hostname, parts) ?? (isRepository(parts) ? `${url.hostname}/${parts.join('/')}` : text);
}

/** `/v2/acme/app/manifests/1.2`, as error messages name it. */
function imageOfApi(host: string, [version, ...parts]: string[]): string | null {
  const end = parts.findLastIndex((part) => part === 'manifests' || part === 'blobs' || part === 'tags');
  if (version !== 'v2' || end < 1) return null;
  const repository = `${host}/${parts.slice(0, end).join('/')}`;
  const reference = parts[end + 1];
  if (parts[end] !== 'manifests' || reference === undefined) return repository;
  return `${repository}${reference.includes(':') ? '@' : ':'}${reference}`;
}

/** At least two parts that can be a repository, with a tag or digest or without; not the API itself. */
function isRepository(parts: string[]): boolean {
  const repository = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*$/;
  const last = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:[:@][\w.:-]+)?$/;
  return (
    parts.length >= 2 &&
    parts[0] !== 'v2' &&
    parts.every((part, index) => (index === parts.length - 1 ? last : repository).test(part))
  );
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

type Page = (parts: string[], query: URLSearchParams) => string | null;

const withTag = (image: string, tag: string | null | undefined): string => (tag ? `${image}:${tag}` : image);

const github: Page = (parts, query) => {
  // /orgs/acme/packages/container/package/app, /orgs/acme/packages/container/app/1234, /acme/repository/pkgs/container/app
  const container = parts.indexOf('container');
  const owner = parts[0] === 'orgs' || parts[0] === 'users' ? parts[1] : parts[0];
  const isPage = container > 0 && (parts[container - 1] === 'packages' || parts[container - 1] === 'pkgs');
  const name = parts[container + 1] === 'package' ? parts[container + 2] : parts[container + 1];
  if (!isPage || owner === undefined || name === undefined) return null;
  return withTag(`ghcr.io/${owner.toLowerCase()}/${name}`, query.get('tag'));
};

const dockerHub: Page = ([kind, ...rest]) => {
  if (kind === '_' && rest[0]) return rest[0];
  if (kind === 'r' && rest[0] && rest[1]) return `${rest[0]}/${rest[1]}`;
  if ((kind === 'layers' || kind === 'repository') && rest.length >= 2) {
    const [owner = '', name = '', tag] = kind === 'repository' ? rest.slice(1) : rest;
    return name === '' ? null : withTag(`${owner}/${name}`, kind === 'layers' ? tag : null);
  }
  return null;
};

/** Pages that name an image, by web site. Null for a page that names none. */
const PAGES: ReadonlyMap<string, Page> = new Map<string, Page>(
  Object.entries({
    'hub.docker.com': dockerHub,
    'github.com': github,
    'www.github.com': github,
    'quay.io': ([kind, owner, name, ...rest], query) => {
      if (kind === 'organization' || kind === 'user') return 'quay.io';
      if (kind !== 'repository' || !owner || !name) return null;
      return withTag(`quay.io/${owner}/${name}`, rest[0] === 'tag' ? rest[1] : query.get('tag'));
    },
    'gallery.ecr.aws': ([alias, ...name]) => (alias && name[0] ? `public.ecr.aws/${[alias, ...name].join('/')}` : null),
    'gitlab.com': (parts) => {
      const end = parts.indexOf('container_registry');
      if (end < 2) return null;
      return `registry.gitlab.com/${parts
        .slice(0, end)
        .filter((part) => part !== '-')
        .join('/')
        .toLowerCase()}`;
    },
    'catalog.redhat.com': (parts) => {
      const [owner, name] = parts.slice(parts.indexOf('containers') + 1);
      return parts.includes('containers') && owner && name ? `registry.access.redhat.com/${owner}/${name}` : null;
    },
    'catalog.ngc.nvidia.com': (parts) => {
      const end = parts.indexOf('containers');
      const path = parts.slice(0, end).filter((part) => part !== 'orgs' && part !== 'teams');
      return end > 0 && parts[end + 1] ? `nvcr.io/${[...path, parts[end + 1]].join('/')}` : null;
    },
    'mcr.microsoft.com': (parts) => {
      const start = parts.indexOf('mar');
      const path = parts
        .slice(start + 1)
        .filter((part, index, all) => index < all.length - 1 || !/^(?:about|tags)$/.test(part));
      return start > 0 && path.length > 0 ? `mcr.microsoft.com/${path.join('/')}` : null;
    },
    'images.chainguard.dev': (parts) => {
      const name = parts[parts.indexOf('image') + 1];
      return parts.includes('image') && name ? `cgr.dev/chainguard/${name}` : null;
    },
    'www.docker.elastic.co': ([kind, ...path]) =>
      kind === 'r' && path[0] ? `docker.elastic.co/${path.join('/')}` : null,
  }),
);
