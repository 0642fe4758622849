import { row } from './row.ts';

/** What keeps a machine from counting as enforcing, and the hub's answers about machines. */
export const hubMachineProblems = {
  'machine-not-enrolled': row({
    example: {},
    en: {
      message: () => 'The key of this machine is not enrolled, so its receipts prove nothing.',
      next: () =>
        'As root on the machine, run: portcullis gateway identity. Enrol what it prints under Machines, or make a code there.',
    },
    de: {
      message: () => 'Der Schlüssel dieses Rechners ist nicht registriert; seine Nachweise belegen daher nichts.',
      next: () =>
        'Führen Sie als root auf dem Rechner aus: portcullis gateway identity. Registrieren Sie die Ausgabe unter „Rechner“, oder erstellen Sie dort einen Code.',
    },
  }),
  'machine-code-void': row({
    example: {},
    en: {
      message: () => 'The enrolment code on this machine is unknown, has expired, or was used by another machine.',
      next: () => 'Make a new code and replace the file on the machine.',
    },
    de: {
      message: () =>
        'Der Registrierungscode auf diesem Rechner ist unbekannt, abgelaufen oder wurde von einem anderen Rechner verwendet.',
      next: () => 'Erstellen Sie einen neuen Code und ersetzen Sie die Datei auf dem Rechner.',
    },
  }),
  'machine-cloned': row({
    example: {},
    en: {
      message: () => 'Two machines use this key, or the state of its gateway was restored from a copy.',
      next: () =>
        'Delete the state of the gateway on the copy and restart it. Then forget this machine here and enrol both.',
    },
    de: {
      message: () =>
        'Zwei Rechner verwenden diesen Schlüssel, oder der Zustand des Gateways wurde aus einer Kopie wiederhergestellt.',
      next: () =>
        'Löschen Sie auf der Kopie den Zustand des Gateways und starten Sie es neu. Entfernen Sie dann diesen Rechner hier und registrieren Sie beide.',
    },
  }),
  'machine-silent': row({
    example: { hours: 31 },
    en: {
      message: ({ hours }) => `No receipt has arrived for ${hours} hours.`,
      next: () =>
        'Check that the machine is in use, that a member is signed in to Portcullis on it, and that "reporting" is not "off".',
    },
    de: {
      message: ({ hours }) => `Seit ${hours} Stunden ist kein Nachweis eingegangen.`,
      next: () =>
        'Prüfen Sie, ob der Rechner benutzt wird, ob dort ein Mitglied bei Portcullis angemeldet ist und „reporting“ nicht „off“ ist.',
    },
  }),
  'machine-never-reported': row({
    example: {},
    en: {
      message: () => 'This key is enrolled, and no receipt of it has arrived yet.',
      next: () =>
        'Check that Portcullis is running on the machine, that a member is signed in, and that "reporting" is not "off".',
    },
    de: {
      message: () => 'Dieser Schlüssel ist registriert, aber es ist noch kein Nachweis von ihm eingegangen.',
      next: () =>
        'Prüfen Sie, ob Portcullis auf dem Rechner läuft, ein Mitglied angemeldet ist und „reporting“ nicht „off“ ist.',
    },
  }),
  'machine-trial': row({
    example: {},
    en: {
      message: () => 'The gateway is configured from a trial folder, which any user can change.',
      next: () => 'Install the package portcullis-gateway on the machine.',
    },
    de: {
      message: () => 'Das Gateway ist aus einem Testordner konfiguriert, den jeder Benutzer ändern kann.',
      next: () => 'Installieren Sie das Paket portcullis-gateway auf dem Rechner.',
    },
  }),
  'machine-run-by-user': row({
    example: {},
    en: {
      message: () => 'The gateway runs in the account of a user, who can change it.',
      next: () => 'Install the package portcullis-gateway, which runs it as a service of the system.',
    },
    de: {
      message: () => 'Das Gateway läuft im Konto eines Benutzers, der es ändern kann.',
      next: () => 'Installieren Sie das Paket portcullis-gateway, das es als Systemdienst ausführt.',
    },
  }),
  'machine-not-managed': row({
    example: {},
    en: {
      message: () => 'Sign-in is not enforced on this machine: after signing out, nothing is blocked.',
      next: () => 'Deploy the managed configuration with "allowedOrgs" (Roll-out).',
    },
    de: {
      message: () => 'Die Anmeldung wird auf diesem Rechner nicht erzwungen: Nach dem Abmelden wird nichts blockiert.',
      next: () => 'Verteilen Sie die verwaltete Konfiguration mit „allowedOrgs“ (Rollout).',
    },
  }),
  'machine-break-glass': row({
    example: {},
    en: {
      message: () => 'Break-glass is in effect: nothing is blocked.',
      next: () => 'Remove "breakGlass" from the managed configuration, or wait until it ends.',
    },
    de: {
      message: () => '„breakGlass“ ist aktiv: Nichts wird blockiert.',
      next: () => 'Entfernen Sie „breakGlass“ aus der verwalteten Konfiguration oder warten Sie, bis es endet.',
    },
  }),
  'machine-open': row({
    example: {},
    en: {
      message: () => 'No policy is in force: nothing is blocked.',
      next: () => 'Sign in to Portcullis on the machine.',
    },
    de: {
      message: () => 'Keine Richtlinie ist in Kraft: Nichts wird blockiert.',
      next: () => 'Melden Sie sich auf dem Rechner bei Portcullis an.',
    },
  }),
  'machine-other-policy': row({
    example: {},
    en: {
      message: () => 'It enforces the policy of another organization or another hub.',
      next: () => 'Check "allowedOrgs" and "hub" in its managed configuration, and who is signed in.',
    },
    de: {
      message: () => 'Er setzt die Richtlinie einer anderen Organisation oder eines anderen Hubs durch.',
      next: () => 'Prüfen Sie „allowedOrgs“ und „hub“ in der verwalteten Konfiguration und wer angemeldet ist.',
    },
  }),
  'machine-not-attached': row({
    example: {},
    en: {
      message: () => 'No engine is attached to the gateway.',
      next: () => 'Run on the machine: sudo portcullis engine attach',
    },
    de: {
      message: () => 'Keine Engine ist an das Gateway angebunden.',
      next: () => 'Führen Sie auf dem Rechner aus: sudo portcullis engine attach',
    },
  }),
  'machine-engine-not-attached': row({
    example: { engines: ['docker-rootless'] },
    en: {
      message: ({ engines }) => `Running and not attached to the gateway: ${engines.join(', ')}.`,
      next: () => 'Run on the machine: sudo portcullis engine attach',
    },
    de: {
      message: ({ engines }) => `Läuft und ist nicht an das Gateway angebunden: ${engines.join(', ')}.`,
      next: () => 'Führen Sie auf dem Rechner aus: sudo portcullis engine attach',
    },
  }),
  'machine-audit-missing': row({
    example: {},
    en: {
      message: () => 'Nothing checks whether the engines are still attached: the audit is missing or old.',
      next: () =>
        'Run on the machine: systemctl status portcullis-engine-audit.timer. Then: sudo portcullis engine audit',
    },
    de: {
      message: () => 'Nichts prüft, ob die Engines noch angebunden sind: Das Audit fehlt oder ist veraltet.',
      next: () =>
        'Führen Sie auf dem Rechner aus: systemctl status portcullis-engine-audit.timer. Danach: sudo portcullis engine audit',
    },
  }),
  'machine-way-past': row({
    example: { findings: ['attachment-rules-missing'] },
    en: {
      message: ({ findings }) => `Engines can get past the gateway: ${findings.join(', ')}.`,
      next: () => 'Run on the machine: sudo portcullis engine audit. It says what to do.',
    },
    de: {
      message: ({ findings }) => `Engines können das Gateway umgehen: ${findings.join(', ')}.`,
      next: () => 'Führen Sie auf dem Rechner aus: sudo portcullis engine audit. Dort steht, was zu tun ist.',
    },
  }),
  'machine-not-probed': row({
    example: {},
    en: {
      message: () => 'No probe of the audit has reached the gateway for a day.',
      next: () => 'Run on the machine: sudo portcullis engine audit',
    },
    de: {
      message: () => 'Seit einem Tag hat kein Test des Audits das Gateway erreicht.',
      next: () => 'Führen Sie auf dem Rechner aus: sudo portcullis engine audit',
    },
  }),
  'machine-outdated': row({
    example: { revision: 7, current: 9 },
    en: {
      message: ({ revision, current }) => `It last reported revision ${revision}; revision ${current} is current.`,
      next: () => 'Run on the machine: portcullis sync. If it stays so: portcullis doctor',
    },
    de: {
      message: ({ revision, current }) => `Zuletzt gemeldet: Revision ${revision}; aktuell ist Revision ${current}.`,
      next: () => 'Führen Sie auf dem Rechner aus: portcullis sync. Falls das nicht hilft: portcullis doctor',
    },
  }),
  'machine-blocks-everything': row({
    example: { reason: 'policy-expired' },
    en: {
      message: ({ reason }) => `All pulls are blocked on it (${reason}).`,
      next: () => 'Run on the machine: portcullis doctor',
    },
    de: {
      message: ({ reason }) => `Auf ihm sind alle Pulls blockiert (${reason}).`,
      next: () => 'Führen Sie auf dem Rechner aus: portcullis doctor',
    },
  }),

  // Answers.
  'receipt-nonce-used': row({
    example: {},
    en: {
      message: () => 'The nonce of this receipt has expired, was used already, or was given to someone else.',
      next: () => 'Try again: each receipt needs a new nonce.',
    },
    de: {
      message: () => 'Die Nonce dieses Nachweises ist abgelaufen, wurde schon verwendet oder gehört jemand anderem.',
      next: () => 'Versuchen Sie es erneut: Jeder Nachweis braucht eine neue Nonce.',
    },
  }),
  'machine-report-invalid': row({
    example: {},
    en: { message: () => 'The report is not valid.', next: () => 'Update Portcullis on the machine.' },
    de: { message: () => 'Der Bericht ist ungültig.', next: () => 'Aktualisieren Sie Portcullis auf dem Rechner.' },
  }),
  'machine-unknown': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `${organization} has no machine with this identifier.`,
      next: () => 'Search for it under Machines: it may have been forgotten.',
    },
    de: {
      message: ({ organization }) => `${organization} hat keinen Rechner mit dieser Kennung.`,
      next: () => 'Suchen Sie ihn unter „Rechner“: Er wurde vielleicht entfernt.',
    },
  }),
  'machine-ambiguous': row({
    example: {},
    en: {
      message: () => 'Several machines begin with these characters.',
      next: () => 'Give more characters of the thumbprint.',
    },
    de: {
      message: () => 'Mehrere Rechner beginnen mit diesen Zeichen.',
      next: () => 'Geben Sie mehr Zeichen des Fingerabdrucks an.',
    },
  }),
  'thumbprints-invalid': row({
    example: {},
    en: {
      message: () => 'Some of these are not thumbprints.',
      next: () => 'Use the 43 characters that "portcullis gateway identity" prints, one machine a line.',
    },
    de: {
      message: () => 'Einige davon sind keine Fingerabdrücke.',
      next: () => 'Verwenden Sie die 43 Zeichen, die „portcullis gateway identity“ ausgibt, ein Rechner je Zeile.',
    },
  }),
  'codes-invalid': row({
    example: { count: 1000, hours: 720 },
    en: {
      message: () => 'These codes cannot be made.',
      next: ({ count, hours }) => `Make 1 to ${count} codes, for 1 to ${hours} hours.`,
    },
    de: {
      message: () => 'Diese Codes können nicht erstellt werden.',
      next: ({ count, hours }) => `Erstellen Sie 1 bis ${count} Codes für 1 bis ${hours} Stunden.`,
    },
  }),
  'codes-too-many': row({
    example: { most: 5000 },
    en: {
      message: ({ most }) => `No more than ${most} unused codes can exist at a time.`,
      next: () => 'Revoke the unused ones, or wait until they expire.',
    },
    de: {
      message: ({ most }) => `Es kann höchstens ${most} unbenutzte Codes gleichzeitig geben.`,
      next: () => 'Widerrufen Sie die unbenutzten, oder warten Sie, bis sie ablaufen.',
    },
  }),
};
