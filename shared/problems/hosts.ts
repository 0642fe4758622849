import { row } from './row.ts';

const ADDRESS = {
  en: 'Write a host such as ghcr.io, *.example.com for all hosts below example.com, or an IP address; a port may follow.',
  de: 'Schreiben Sie einen Host wie ghcr.io, *.example.com für alle Hosts unterhalb von example.com oder eine IP-Adresse; ein Port kann folgen.',
};
const IMAGE = {
  en: 'Write it as for docker pull: ubuntu, ghcr.io/acme/app:1.2 or registry.example:5000/app@sha256:…',
  de: 'Schreiben Sie sie wie für docker pull: ubuntu, ghcr.io/acme/app:1.2 oder registry.example:5000/app@sha256:…',
};

/** Addresses on an allowlist, and image references. */
export const hostsProblems = {
  'address-empty': row({
    example: {},
    en: { message: () => 'The address is empty.', next: () => ADDRESS.en },
    de: { message: () => 'Die Adresse ist leer.', next: () => ADDRESS.de },
  }),
  'address-too-long': row({
    example: { maximum: 512 },
    en: { message: ({ maximum }) => `The address is longer than ${maximum} characters.`, next: () => ADDRESS.en },
    de: { message: ({ maximum }) => `Die Adresse ist länger als ${maximum} Zeichen.`, next: () => ADDRESS.de },
  }),
  'address-credentials': row({
    example: {},
    en: { message: () => 'An address cannot contain a user name or password ("@").', next: () => ADDRESS.en },
    de: {
      message: () => 'Eine Adresse darf weder Benutzernamen noch Passwort enthalten („@“).',
      next: () => ADDRESS.de,
    },
  }),
  'address-network': row({
    example: { address: '10.0.0.0/8' },
    en: {
      message: ({ address }) => `"${address}" is a network; only hosts and single IP addresses can be allowed.`,
      next: () => ADDRESS.en,
    },
    de: {
      message: ({ address }) =>
        `„${address}“ ist ein Netzwerk; erlaubt werden können nur Hosts und einzelne IP-Adressen.`,
      next: () => ADDRESS.de,
    },
  }),
  'address-port': row({
    example: { address: 'ghcr.io:https', port: 'https' },
    en: {
      message: ({ address, port }) => `"${port}" in "${address}" is not a port number (1 to 65535).`,
      next: () => ADDRESS.en,
    },
    de: {
      message: ({ address, port }) => `„${port}“ in „${address}“ ist keine Portnummer (1 bis 65535).`,
      next: () => ADDRESS.de,
    },
  }),
  'address-everything': row({
    example: { address: '*' },
    en: {
      message: ({ address }) => `"${address}" would allow every host.`,
      next: () => 'To allow everything, turn the restrictions off. Otherwise, name a host such as ghcr.io.',
    },
    de: {
      message: ({ address }) => `„${address}“ würde jeden Host erlauben.`,
      next: () =>
        'Um alles zu erlauben, schalten Sie die Einschränkungen aus. Nennen Sie sonst einen Host wie ghcr.io.',
    },
  }),
  'address-wildcard': row({
    example: { address: 'registry.*.example.com' },
    en: {
      message: ({ address }) => `The wildcard in "${address}" is in the wrong place.`,
      next: () => ADDRESS.en,
    },
    de: {
      message: ({ address }) => `Der Platzhalter in „${address}“ steht an der falschen Stelle.`,
      next: () => ADDRESS.de,
    },
  }),
  'address-host': row({
    example: { address: 'ghcr.io quay.io' },
    en: { message: ({ address }) => `"${address}" is not a host name.`, next: () => ADDRESS.en },
    de: { message: ({ address }) => `„${address}“ ist kein Hostname.`, next: () => ADDRESS.de },
  }),
  'address-too-wide': row({
    example: { address: '*.com' },
    en: {
      message: ({ address }) => `"${address}" would allow a whole top-level domain.`,
      next: () => 'Name at least two labels, as in *.example.com, or a host such as ghcr.io.',
    },
    de: {
      message: ({ address }) => `„${address}“ würde eine ganze Top-Level-Domain erlauben.`,
      next: () => 'Nennen Sie mindestens zwei Namensteile wie in *.example.com, oder einen Host wie ghcr.io.',
    },
  }),

  // Notices: the address is valid, but may not be what was meant.
  'address-web-site': row({
    example: { host: 'hub.docker.com', registry: 'docker.io' },
    en: {
      message: ({ host }) => `${host} is a web site; no image is pulled from it.`,
      next: ({ registry }) => `Allow ${registry} instead.`,
    },
    de: {
      message: ({ host }) => `${host} ist eine Website; von dort wird kein Image geladen.`,
      next: ({ registry }) => `Erlauben Sie stattdessen ${registry}.`,
    },
  }),
  'address-path-dropped': row({
    example: { address: 'ghcr.io', path: '/acme' },
    en: {
      message: ({ address, path }) =>
        `This allows all of ${address}, not only ${path}: registries are allowed by host.`,
      next: () => 'To allow only a part, use the access control of the registry or a mirror.',
    },
    de: {
      message: ({ address, path }) =>
        `Das erlaubt ${address} ganz, nicht nur ${path}: Registries werden nach Host zugelassen.`,
      next: () => 'Um nur einen Teil zu erlauben, nutzen Sie die Zugriffsrechte der Registry oder einen Spiegel.',
    },
  }),
  'address-plain-http': row({
    example: { address: 'registry.corp.example:80' },
    en: {
      message: ({ address }) => `"http://" means port 80, so this allows ${address}.`,
      next: () => 'If the registry uses TLS, enter it without "http://".',
    },
    de: {
      message: ({ address }) => `„http://“ bedeutet Port 80, erlaubt wird also ${address}.`,
      next: () => 'Wenn die Registry TLS verwendet, geben Sie sie ohne „http://“ ein.',
    },
  }),
  'address-no-dot': row({
    example: { host: 'registry' },
    en: {
      message: ({ host }) => `"${host}" has no dot, so engines look for it at Docker Hub.`,
      next: () => 'Enter the full host, or add the port as in registry:5000.',
    },
    de: {
      message: ({ host }) => `„${host}“ enthält keinen Punkt, deshalb suchen Engines es bei Docker Hub.`,
      next: () => 'Geben Sie den vollständigen Host ein, oder fügen Sie den Port an wie in registry:5000.',
    },
  }),
  'address-no-dot-meant': row({
    example: { host: 'gcr', meant: 'gcr.io' },
    en: {
      message: ({ host }) => `"${host}" has no dot, so engines look for it at Docker Hub.`,
      next: ({ meant }) => `Did you mean ${meant}?`,
    },
    de: {
      message: ({ host }) => `„${host}“ enthält keinen Punkt, deshalb suchen Engines es bei Docker Hub.`,
      next: ({ meant }) => `Meinten Sie ${meant}?`,
    },
  }),
  'address-below-only': row({
    example: { address: '*.ghcr.io', host: 'ghcr.io' },
    en: {
      message: ({ address, host }) => `${address} allows the hosts below ${host}, but not ${host} itself.`,
      next: ({ host }) => `Did you mean ${host}?`,
    },
    de: {
      message: ({ address, host }) => `${address} erlaubt die Hosts unterhalb von ${host}, aber nicht ${host} selbst.`,
      next: ({ host }) => `Meinten Sie ${host}?`,
    },
  }),
  'address-letters': row({
    example: { written: 'bücher.example', address: 'xn--bcher-kva.example' },
    en: {
      message: ({ written, address }) => `"${written}" has letters beyond a to z; the host it allows is ${address}.`,
      next: () => 'Check that no letter merely looks like another.',
    },
    de: {
      message: ({ written, address }) =>
        `„${written}“ enthält andere Buchstaben als a bis z; erlaubt wird der Host ${address}.`,
      next: () => 'Prüfen Sie, dass kein Buchstabe nur so aussieht wie ein anderer.',
    },
  }),
  'address-look-alike': row({
    example: { written: 'gһcr.io', address: 'xn--gcr-6ed.io', like: 'ghcr.io' },
    en: {
      message: ({ written, address, like }) =>
        `"${written}" looks like ${like} but is another host (${address}): some letters are from another alphabet.`,
      next: ({ like }) => `Type ${like} yourself.`,
    },
    de: {
      message: ({ written, address, like }) =>
        `„${written}“ sieht aus wie ${like}, ist aber ein anderer Host (${address}): Einige Buchstaben gehören zu einem anderen Alphabet.`,
      next: ({ like }) => `Tippen Sie ${like} selbst.`,
    },
  }),

  'image-empty': row({
    example: {},
    en: { message: () => 'The image reference is empty.', next: () => IMAGE.en },
    de: { message: () => 'Die Image-Referenz ist leer.', next: () => IMAGE.de },
  }),
  'image-too-long': row({
    example: { maximum: 255 },
    en: { message: ({ maximum }) => `The image reference is longer than ${maximum} characters.`, next: () => IMAGE.en },
    de: { message: ({ maximum }) => `Die Image-Referenz ist länger als ${maximum} Zeichen.`, next: () => IMAGE.de },
  }),
  'image-url': row({
    example: { reference: 'https://ghcr.io/acme/app' },
    en: {
      message: ({ reference }) => `"${reference}" is a URL, but an image reference has no scheme.`,
      next: () => IMAGE.en,
    },
    de: {
      message: ({ reference }) => `„${reference}“ ist eine URL, eine Image-Referenz hat aber kein Schema.`,
      next: () => IMAGE.de,
    },
  }),
  'image-id': row({
    example: { id: '0123456789abcdef…' },
    en: {
      message: ({ id }) => `"${id}" is the ID of a local image, which no registry knows.`,
      next: () => IMAGE.en,
    },
    de: {
      message: ({ id }) => `„${id}“ ist die ID eines lokalen Images, die keine Registry kennt.`,
      next: () => IMAGE.de,
    },
  }),
  'image-scratch': row({
    example: {},
    en: {
      message: () => '"scratch" is not an image: a build that starts from it pulls nothing.',
      next: () => 'There is nothing to allow.',
    },
    de: {
      message: () => '„scratch“ ist kein Image: Ein Build, der damit beginnt, lädt nichts.',
      next: () => 'Es gibt nichts zu erlauben.',
    },
  }),
  'image-digest': row({
    example: { digest: 'sha256:123' },
    en: {
      message: ({ digest }) => `"${digest}" is not a digest (sha256: and hexadecimal digits).`,
      next: () => IMAGE.en,
    },
    de: {
      message: ({ digest }) => `„${digest}“ ist kein Digest (sha256: und hexadezimale Ziffern).`,
      next: () => IMAGE.de,
    },
  }),
  'image-tag': row({
    example: { tag: '1.2+3' },
    en: {
      message: ({ tag }) => `"${tag}" is not a tag (up to 128 letters, digits, "_", "." and "-").`,
      next: () => IMAGE.en,
    },
    de: {
      message: ({ tag }) => `„${tag}“ ist kein Tag (bis zu 128 Buchstaben, Ziffern, „_“, „.“ und „-“).`,
      next: () => IMAGE.de,
    },
  }),
  'image-repository': row({
    example: { repository: 'acme//app' },
    en: { message: ({ repository }) => `"${repository}" is not a repository name.`, next: () => IMAGE.en },
    de: { message: ({ repository }) => `„${repository}“ ist kein Repository-Name.`, next: () => IMAGE.de },
  }),
  'image-upper-case': row({
    example: { repository: 'Ubuntu' },
    en: {
      message: ({ repository }) => `"${repository}" has upper-case letters, but repository names are lower-case.`,
      next: () => IMAGE.en,
    },
    de: {
      message: ({ repository }) =>
        `„${repository}“ enthält Großbuchstaben, Repository-Namen werden aber klein geschrieben.`,
      next: () => IMAGE.de,
    },
  }),
  'image-registry': row({
    example: { registry: '-bad.example' },
    en: { message: ({ registry }) => `"${registry}" is not a registry name.`, next: () => IMAGE.en },
    de: { message: ({ registry }) => `„${registry}“ ist kein Registry-Name.`, next: () => IMAGE.de },
  }),
  'image-port': row({
    example: { registry: 'ghcr.io:70000' },
    en: { message: ({ registry }) => `"${registry}" has no valid port (1 to 65535).`, next: () => IMAGE.en },
    de: { message: ({ registry }) => `„${registry}“ hat keinen gültigen Port (1 bis 65535).`, next: () => IMAGE.de },
  }),
};
