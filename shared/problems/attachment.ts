import { row } from './row.ts';

export const attachmentProblems = {
  // Attaching.
  'attachment-needs-root': row({
    example: {},
    en: { message: () => 'Only root can do this.', next: () => 'Run it again with sudo.' },
    de: { message: () => 'Das darf nur root.', next: () => 'Führen Sie den Befehl mit sudo noch einmal aus.' },
  }),
  'attachment-needs-linux': row({
    example: {},
    en: { message: () => 'Engines can be attached on Linux only.' },
    de: { message: () => 'Engines lassen sich nur unter Linux anbinden.' },
  }),
  'attachment-record-unreadable': row({
    example: { file: '/etc/portcullis/attachment/attachment.json' },
    en: {
      message: ({ file }) => `${file} cannot be read, so it is not known what is attached.`,
      next: () => 'Take everything away and attach again: sudo portcullis engine detach, then attach.',
    },
    de: {
      message: ({ file }) => `${file} ist nicht lesbar, deshalb ist nicht bekannt, was angebunden ist.`,
      next: () => 'Heben Sie alles auf und binden Sie neu an: sudo portcullis engine detach, dann attach.',
    },
  }),
  'attachment-gateway-config': row({
    example: { file: '/etc/portcullis/gateway.json' },
    en: {
      message: ({ file }) => `${file} cannot be used to attach an engine.`,
      next: () => 'Fix the file (docs/gateway.md), then run the command again.',
    },
    de: {
      message: ({ file }) => `Mit ${file} lässt sich keine Engine anbinden.`,
      next: () => 'Korrigieren Sie die Datei (docs/gateway.md) und führen Sie den Befehl noch einmal aus.',
    },
  }),
  'attachment-engine-unknown': row({
    example: { engine: 'crio', engines: ['docker', 'containerd', 'podman'] },
    en: {
      message: ({ engine }) => `${engine} is not installed here, or cannot be attached.`,
      next: ({ engines }) => `Choose among ${engines.join(', ')}; portcullis engine list shows what is installed.`,
    },
    de: {
      message: ({ engine }) => `${engine} ist hier nicht installiert oder lässt sich nicht anbinden.`,
      next: ({ engines }) =>
        `Wählen Sie aus: ${engines.join(', ')}. portcullis engine list zeigt, was installiert ist.`,
    },
  }),
  'attachment-no-engine': row({
    example: {},
    en: {
      message: () => 'No container engine that can be attached was found.',
      next: () => 'Install the engine first, then attach it.',
    },
    de: {
      message: () => 'Es wurde keine Container-Engine gefunden, die sich anbinden lässt.',
      next: () => 'Installieren Sie zuerst die Engine und binden Sie sie dann an.',
    },
  }),
  'attachment-nft-missing': row({
    example: {},
    en: {
      message: () => 'nft is not installed, and the wall is made with it.',
      next: () => 'Install it: apt-get install nftables, or dnf install nftables.',
    },
    de: {
      message: () => 'nft ist nicht installiert; ohne nft gibt es keine Netzwerksperre.',
      next: () => 'Installieren Sie es: apt-get install nftables oder dnf install nftables.',
    },
  }),
  'attachment-nft-failed': row({
    example: {},
    en: {
      message: () => 'This kernel does not accept the rules of the wall.',
      next: () => 'Send the cause to support. Nothing was changed.',
    },
    de: {
      message: () => 'Dieser Kernel nimmt die Regeln der Netzwerksperre nicht an.',
      next: () => 'Geben Sie die Ursache an den Support weiter. Es wurde nichts geändert.',
    },
  }),
  'attachment-needs-systemd': row({
    example: {},
    en: {
      message: () => 'This machine does not run systemd, which starts the engine and its wall.',
      next: () => 'Attach engines on such a machine by hand, as docs/attachment.md says.',
    },
    de: {
      message: () => 'Auf diesem Rechner läuft kein systemd, das die Engine und ihre Netzwerksperre startet.',
      next: () => 'Binden Sie Engines auf einem solchen Rechner von Hand an, siehe docs/attachment.md.',
    },
  }),
  'attachment-gateway-not-installed': row({
    example: {},
    en: {
      message: () => 'No gateway is installed on this machine.',
      next: () => 'Install the package first, or name a gateway elsewhere with --gateway.',
    },
    de: {
      message: () => 'Auf diesem Rechner ist kein Gateway installiert.',
      next: () =>
        'Installieren Sie zuerst das Paket oder nennen Sie mit --gateway ein Gateway auf einem anderen Rechner.',
    },
  }),
  'attachment-user-missing': row({
    example: {},
    en: {
      message: () => 'The user portcullis, as which the gateway runs, does not exist.',
      next: () => 'Create it: useradd --system --no-create-home --shell /usr/sbin/nologin portcullis',
    },
    de: {
      message: () => 'Den Benutzer portcullis, unter dem das Gateway läuft, gibt es nicht.',
      next: () => 'Legen Sie ihn an: useradd --system --no-create-home --shell /usr/sbin/nologin portcullis',
    },
  }),
  'attachment-proxy-overridden': row({
    example: { engine: 'Docker Engine', file: '/etc/systemd/system/docker.service.d/http-proxy.conf', line: 2 },
    en: {
      message: ({ engine, file, line }) =>
        `${file}, line ${line}, gives ${engine} another proxy, which would win over the gateway.`,
      next: () =>
        'Remove the line. If the machine reaches the Internet only through that proxy, name it as upstreamProxy in gateway.json.',
    },
    de: {
      message: ({ engine, file, line }) =>
        `${file}, Zeile ${line}, gibt ${engine} einen anderen Proxy, der Vorrang vor dem Gateway hätte.`,
      next: () =>
        'Entfernen Sie die Zeile. Erreicht der Rechner das Internet nur über diesen Proxy, tragen Sie ihn in gateway.json als upstreamProxy ein.',
    },
  }),
  'attachment-cuts-log-driver': row({
    example: { driver: 'gelf' },
    en: {
      message: ({ driver }) =>
        `The engine sends its containers' logs over the network itself (${driver}), which the wall would cut.`,
      next: () => 'Name the log server: --allow 10.0.0.9:12201',
    },
    de: {
      message: ({ driver }) =>
        `Die Engine sendet die Protokolle ihrer Container selbst über das Netz (${driver}); die Netzwerksperre würde das unterbinden.`,
      next: () => 'Nennen Sie den Protokollserver: --allow 10.0.0.9:12201',
    },
  }),
  'attachment-cuts-swarm': row({
    example: {},
    en: {
      message: () => 'The engine is part of a swarm, and the wall would cut it off from the other nodes.',
      next: () => 'Name the other nodes: --allow 10.0.0.11:2377 10.0.0.11:7946',
    },
    de: {
      message: () => 'Die Engine gehört zu einem Swarm; die Netzwerksperre würde sie von den anderen Knoten trennen.',
      next: () => 'Nennen Sie die anderen Knoten: --allow 10.0.0.11:2377 10.0.0.11:7946',
    },
  }),
  'attachment-cuts-volumes': row({
    example: { volumes: ['data', 'home'] },
    en: {
      message: ({ volumes }) =>
        `The engine mounts volumes from a server, which the wall might cut: ${volumes.join(', ')}.`,
      next: () => 'Name the file server: --allow 10.0.0.8:2049',
    },
    de: {
      message: ({ volumes }) =>
        `Die Engine bindet Volumes eines Servers ein, was die Netzwerksperre unterbinden kann: ${volumes.join(', ')}.`,
      next: () => 'Nennen Sie den Dateiserver: --allow 10.0.0.8:2049',
    },
  }),
  'attachment-mirrors': row({
    example: { mirrors: ['https://mirror.acme.example/'] },
    en: {
      message: ({ mirrors }) => `The engine uses mirrors, which the allowlist must contain: ${mirrors.join(', ')}.`,
      next: () => 'Add them to the allowlist, or pulls from Docker Hub go there directly.',
    },
    de: {
      message: ({ mirrors }) =>
        `Die Engine verwendet Mirrors, die auf der Zulassungsliste stehen müssen: ${mirrors.join(', ')}.`,
      next: () => 'Nehmen Sie sie in die Zulassungsliste auf, sonst gehen Pulls von Docker Hub direkt dorthin.',
    },
  }),
  'attachment-guard-rail': row({
    example: { engines: ['Podman', 'Docker Engine (rootless)'] },
    en: {
      message: ({ engines }) =>
        `No wall can hold ${engines.join(', ')}, because it pulls as the user: it is pointed at the gateway, and the user can undo that.`,
    },
    de: {
      message: ({ engines }) =>
        `Keine Netzwerksperre kann ${engines.join(', ')} halten, weil die Pulls unter dem Benutzer laufen: Die Einstellungen führen über das Gateway, und der Benutzer kann sie aufheben.`,
    },
  }),
  'attachment-ufw': row({
    example: { address: '10.200.0.3', port: 53 },
    en: {
      message: () => "ufw denies incoming connections, so containers will not reach the gateway's DNS.",
      next: ({ address, port }) => `Allow it: ufw allow in to ${address} port ${port}`,
    },
    de: {
      message: () => 'ufw lehnt eingehende Verbindungen ab, deshalb erreichen Container das DNS des Gateways nicht.',
      next: ({ address, port }) => `Lassen Sie es zu: ufw allow in to ${address} port ${port}`,
    },
  }),
  'attachment-stub-resolver': row({
    example: {},
    en: {
      message: () =>
        'This machine asks a resolver of its own for names, so the engine does too: the DNS filter cannot be checked, and the proxy and the wall hold.',
      next: () => 'If both filters are to be proven, name another resolver in /etc/resolv.conf.',
    },
    de: {
      message: () =>
        'Dieser Rechner löst Namen über einen eigenen Resolver auf, also auch die Engine: Der DNS-Filter lässt sich nicht prüfen; Proxy und Netzwerksperre halten.',
      next: () => 'Sollen beide Filter geprüft werden, tragen Sie in /etc/resolv.conf einen anderen Resolver ein.',
    },
  }),
  'attachment-gateway-as-root': row({
    example: {},
    en: {
      message: () => 'The gateway runs as root, so --machine-dns would send its own questions back to it.',
      next: () => 'Set "user" in gateway.json (docs/gateway.md), or leave --machine-dns out.',
    },
    de: {
      message: () => 'Das Gateway läuft als root; mit --machine-dns kämen seine eigenen Anfragen zu ihm zurück.',
      next: () => 'Setzen Sie "user" in gateway.json (docs/gateway.md) oder lassen Sie --machine-dns weg.',
    },
  }),
  'attachment-no-workload-view': row({
    example: {},
    en: {
      message: () => 'The gateway has no DNS view for containers, so the names they ask for are not filtered.',
      next: () => 'Add dns.workload to gateway.json if they should be.',
    },
    de: {
      message: () => 'Das Gateway hat keine DNS-Sicht für Container; deren Anfragen werden nicht gefiltert.',
      next: () => 'Tragen Sie dns.workload in gateway.json ein, wenn sie gefiltert werden sollen.',
    },
  }),
  'attachment-program-not-trusted': row({
    example: { path: '/home/mia/portcullis' },
    en: {
      message: ({ path }) => `Somebody other than root can change ${path}, and root's audit would run it.`,
      next: () => 'Use the installed package, or give the folder to root: chown -R root and chmod -R go-w.',
    },
    de: {
      message: ({ path }) =>
        `Jemand anderes als root kann ${path} ändern, und die Prüfung von root würde es ausführen.`,
      next: () =>
        'Verwenden Sie das installierte Paket oder übergeben Sie den Ordner an root: chown -R root und chmod -R go-w.',
    },
  }),
};
