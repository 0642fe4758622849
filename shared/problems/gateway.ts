import { row } from './row.ts';

/** What goes wrong in the gateway: at its start, with its state, and with a policy that is offered to it. */
export const gatewayProblems = {
  'no-policy-key': row({
    example: { organizations: ['acme'] },
    en: {
      message: ({ organizations }) =>
        organizations.length === 0
          ? 'This machine has no policy key.'
          : `This machine has no policy key for ${organizations.join(', ')}.`,
      next: () => 'Ask your administrator to add "policyKeys" to portcullis.json.',
    },
    de: {
      message: ({ organizations }) =>
        organizations.length === 0
          ? 'Auf diesem Rechner ist kein Richtlinienschlüssel hinterlegt.'
          : `Auf diesem Rechner ist kein Richtlinienschlüssel für ${organizations.join(', ')} hinterlegt.`,
      next: () => 'Bitten Sie Ihren Administrator, „policyKeys“ in die portcullis.json einzutragen.',
    },
  }),
  'membership-missing': row({
    example: {},
    en: { message: () => 'The policy arrived without proof of membership.', next: () => 'Sign in again.' },
    de: {
      message: () => 'Die Richtlinie kam ohne Mitgliedschaftsnachweis an.',
      next: () => 'Melden Sie sich erneut an.',
    },
  }),
  busy: row({
    example: {},
    en: {
      message: () => 'The gateway is busy verifying other policies.',
      next: () => 'Portcullis tries again automatically. Until then, the current policy stays in force.',
    },
    de: {
      message: () => 'Das Gateway ist noch mit der Prüfung anderer Richtlinien beschäftigt.',
      next: () => 'Portcullis versucht es automatisch erneut. Bis dahin gilt die bisherige Richtlinie weiter.',
    },
  }),
  'membership-superseded': row({
    example: {},
    en: {
      message: () => 'The proof of membership is older than one that was used here before.',
      next: () => 'Sync once more: the server gives a newer one.',
    },
    de: {
      message: () => 'Der Mitgliedschaftsnachweis ist älter als ein früher hier verwendeter.',
      next: () => 'Synchronisieren Sie erneut: Der Server stellt einen neueren aus.',
    },
  }),
  'policy-superseded': row({
    example: {},
    en: {
      message: () => 'The restrictions were released while the policy was being verified.',
      next: () => 'Sync again if you still want the policy.',
    },
    de: {
      message: () => 'Die Einschränkungen wurden aufgehoben, während die Richtlinie geprüft wurde.',
      next: () => 'Gleichen Sie erneut ab, falls die Richtlinie weiterhin gelten soll.',
    },
  }),
  'policy-failed': row({
    example: {},
    en: {
      message: () => 'The policy could not be verified because of an internal error.',
      next: () => 'Check that this machine has enough free memory. The current policy stays in force.',
    },
    de: {
      message: () => 'Die Richtlinie konnte wegen eines internen Fehlers nicht geprüft werden.',
      next: () => 'Prüfen Sie, ob auf diesem Rechner genügend Speicher frei ist. Die bisherige Richtlinie gilt weiter.',
    },
  }),
  'policy-unreadable': row({
    example: {},
    en: {
      message: () => 'The policy file cannot be read.',
      next: () => 'Choose Sync now; this writes the file again.',
    },
    de: {
      message: () => 'Die Richtliniendatei kann nicht gelesen werden.',
      next: () => 'Wählen Sie „Jetzt abgleichen“; dadurch wird die Datei neu geschrieben.',
    },
  }),
  'membership-unreadable': row({
    example: {},
    en: {
      message: () => 'The file with the membership proof cannot be read.',
      next: () => 'Choose Sync now; this writes the file again.',
    },
    de: {
      message: () => 'Die Datei mit dem Mitgliedschaftsnachweis kann nicht gelesen werden.',
      next: () => 'Wählen Sie „Jetzt abgleichen“; dadurch wird die Datei neu geschrieben.',
    },
  }),
  'release-refused': row({
    example: {},
    en: {
      message: () => 'This machine is managed, so its restrictions cannot be released.',
      next: () => 'Sign in to the organization that manages this machine.',
    },
    de: {
      message: () => 'Dieser Rechner wird verwaltet; seine Einschränkungen können deshalb nicht aufgehoben werden.',
      next: () => 'Melden Sie sich bei der Organisation an, die diesen Rechner verwaltet.',
    },
  }),
  'revision-unknown': row({
    example: { org: 'acme' },
    en: {
      message: ({ org }) => `This machine has never seen a policy of ${org}.`,
      next: () =>
        'Check the spelling. "portcullis gateway status --json" lists the organizations it has seen, under "highest".',
    },
    de: {
      message: ({ org }) => `Auf diesem Rechner ist noch nie eine Richtlinie von ${org} eingetroffen.`,
      next: () =>
        'Prüfen Sie die Schreibweise. „portcullis gateway status --json“ führt die bekannten Organisationen unter „highest“ auf.',
    },
  }),
  'state-damaged': row({
    example: { file: '/var/lib/portcullis/state.json' },
    en: {
      message: ({ file }) => `${file} cannot be used, so all pulls are blocked until a policy is applied again.`,
      next: () => 'Sign in again, or choose Sync now. If this happens again, check the disk.',
    },
    de: {
      message: ({ file }) =>
        `${file} ist nicht verwendbar; alle Pulls sind gesperrt, bis wieder eine Richtlinie angewendet wird.`,
      next: () =>
        'Melden Sie sich erneut an oder wählen Sie „Jetzt abgleichen“. Tritt der Fehler wieder auf, prüfen Sie den Datenträger.',
    },
  }),
  'state-untrusted': row({
    example: { folder: '/var/lib/portcullis', uid: 993 },
    en: {
      message: ({ folder }) => `Other users can write to ${folder} and could restore an old policy there.`,
      next: ({ folder, uid }) => `Restrict it to the gateway's user: chown ${uid} ${folder} && chmod 700 ${folder}`,
    },
    de: {
      message: ({ folder }) =>
        `Andere Benutzer können in ${folder} schreiben und dort eine alte Richtlinie wiederherstellen.`,
      next: ({ folder, uid }) =>
        `Beschränken Sie den Zugriff auf den Benutzer des Gateways: chown ${uid} ${folder} && chmod 700 ${folder}`,
    },
  }),
  'not-a-service': row({
    example: {},
    en: {
      message: () => 'The service manager of Windows did not start this process, so it cannot run as a service.',
      next: () => 'Start the service: sc start PortcullisGateway',
    },
    de: {
      message: () =>
        'Dieser Prozess wurde nicht von der Dienststeuerung von Windows gestartet und kann daher nicht als Dienst laufen.',
      next: () => 'Starten Sie den Dienst: sc start PortcullisGateway',
    },
  }),
  'proxy-credentials': row({
    example: { file: '/etc/portcullis/proxy-credentials' },
    en: {
      message: () => 'The credentials for the upstream proxy cannot be used.',
      next: ({ file }) =>
        `Write user:password to ${file} as its only line, then run: chown root ${file} && chmod 600 ${file}`,
    },
    de: {
      message: () => 'Die Zugangsdaten für den vorgelagerten Proxy sind nicht verwendbar.',
      next: ({ file }) =>
        `Schreiben Sie Benutzer:Kennwort als einzige Zeile in ${file} und führen Sie dann aus: chown root ${file} && chmod 600 ${file}`,
    },
  }),
  'control-path-too-long': row({
    example: {},
    en: { message: () => 'The path of the control socket is too long.', next: () => 'Choose a shorter path.' },
    de: { message: () => 'Der Pfad des Steuer-Sockets ist zu lang.', next: () => 'Wählen Sie einen kürzeren Pfad.' },
  }),
  'control-occupied': row({
    example: { path: '/run/portcullis/control.sock' },
    en: {
      message: ({ path }) => `${path} exists and is not a control socket of this gateway.`,
      next: () => 'Remove it, or choose another path.',
    },
    de: {
      message: ({ path }) => `${path} existiert bereits und ist kein Steuer-Socket dieses Gateways.`,
      next: () => 'Entfernen Sie die Datei oder wählen Sie einen anderen Pfad.',
    },
  }),
  'control-failed': row({
    example: { path: '/run/portcullis/control.sock' },
    en: {
      message: ({ path }) => `The control socket ${path} could not be created.`,
      next: () => "Check that its folder exists and belongs to the gateway's user.",
    },
    de: {
      message: ({ path }) => `Der Steuer-Socket ${path} konnte nicht angelegt werden.`,
      next: () => 'Prüfen Sie, ob sein Ordner existiert und dem Benutzer des Gateways gehört.',
    },
  }),
  'control-untrusted': row({
    example: { folder: '/run/portcullis' },
    en: {
      message: ({ folder }) => `Other users could place a fake control socket in ${folder}.`,
      next: () => "Use a folder that only root or the gateway's user can write to, such as /run/portcullis.",
    },
    de: {
      message: ({ folder }) => `Andere Benutzer könnten in ${folder} einen gefälschten Steuer-Socket ablegen.`,
      next: () =>
        'Verwenden Sie einen Ordner, in den nur root oder der Benutzer des Gateways schreiben kann, etwa /run/portcullis.',
    },
  }),
  'control-in-use': row({
    example: { path: '/run/portcullis/control.sock' },
    en: {
      message: ({ path }) => `Another gateway is already running on ${path}.`,
      next: () => 'Stop it first, or choose another path.',
    },
    de: {
      message: ({ path }) => `Auf ${path} läuft bereits ein anderes Gateway.`,
      next: () => 'Beenden Sie es zuerst oder wählen Sie einen anderen Pfad.',
    },
  }),
  'gateway-user-unknown': row({
    example: { user: 'portcullis' },
    en: {
      message: ({ user }) => `The user ${user}, which the gateway is configured to run as, does not exist.`,
      next: ({ user }) => `Create it: useradd --system --no-create-home --shell /usr/sbin/nologin ${user}`,
    },
    de: {
      message: ({ user }) => `Der Benutzer ${user}, unter dem das Gateway laufen soll, existiert nicht.`,
      next: ({ user }) => `Legen Sie ihn an: useradd --system --no-create-home --shell /usr/sbin/nologin ${user}`,
    },
  }),
  'client-block-invalid': row({
    example: { block: '10.200.0.0' },
    en: {
      message: ({ block }) => `"${block}" in "allowFrom" is not a CIDR block.`,
      next: () => 'Write it as 10.200.0.0/24 or fd00::/64.',
    },
    de: {
      message: ({ block }) => `„${block}“ in „allowFrom“ ist kein CIDR-Block.`,
      next: () => 'Schreiben Sie ihn in der Form 10.200.0.0/24 oder fd00::/64.',
    },
  }),
  // Listening (main/gateway/bind-problem.ts).
  'address-in-use': row({
    example: { address: '10.200.0.1:53', port: 53 },
    en: {
      message: ({ address }) => `${address} is in use by another program.`,
      next: ({ port }) => `Find it with "ss -lunpt 'sport = :${port}'" and stop it, or choose another port.`,
    },
    de: {
      message: ({ address }) => `${address} wird von einem anderen Programm verwendet.`,
      next: ({ port }) =>
        `Suchen Sie es mit „ss -lunpt 'sport = :${port}'“ und beenden Sie es oder wählen Sie einen anderen Port.`,
    },
  }),
  'address-unavailable': row({
    example: { address: '10.200.0.1:53' },
    en: {
      message: ({ address }) => `This machine does not have the address ${address}.`,
      next: () => 'Check the address in the configuration, or bring up its network interface first.',
    },
    de: {
      message: ({ address }) => `Dieser Rechner hat die Adresse ${address} nicht.`,
      next: () =>
        'Prüfen Sie die Adresse in der Konfiguration oder aktivieren Sie zuerst die zugehörige Netzwerkschnittstelle.',
    },
  }),
  'address-forbidden': row({
    example: { address: '10.200.0.1:53' },
    en: {
      message: ({ address }) => `This user is not allowed to listen on ${address}.`,
      next: () => 'Grant CAP_NET_BIND_SERVICE, as the systemd unit does, or choose a port above 1023.',
    },
    de: {
      message: ({ address }) => `Dieser Benutzer darf an ${address} keine Anfragen annehmen.`,
      next: () =>
        'Erteilen Sie CAP_NET_BIND_SERVICE, wie es die systemd-Unit tut, oder wählen Sie einen Port über 1023.',
    },
  }),
  'address-failed': row({
    example: { address: '10.200.0.1:53' },
    en: {
      message: ({ address }) => `Portcullis cannot listen on ${address}.`,
      next: () => 'Check the address in the configuration and restart the gateway.',
    },
    de: {
      message: ({ address }) => `Portcullis kann an ${address} keine Anfragen annehmen.`,
      next: () => 'Prüfen Sie die Adresse in der Konfiguration und starten Sie das Gateway neu.',
    },
  }),
};
