import { row } from './row.ts';

/** What the hub says about grants and hints, and the command line about how they are entered. */
export const hubGrantProblems = {
  'grant-listed-twice': row({
    example: { address: 'gcr.io' },
    en: {
      message: ({ address }) => `${address} is allowed twice for the same teams.`,
      next: () => 'Keep the one with the time that you mean.',
    },
    de: {
      message: ({ address }) => `${address} ist für dieselben Teams zweimal zugelassen.`,
      next: () => 'Behalten Sie den Eintrag mit der Zeit, die Sie meinen.',
    },
  }),
  'grant-over': row({
    example: { address: 'gcr.io', until: '2026-11-20T17:00:00Z' },
    en: {
      message: ({ address, until }) =>
        `${address} was to be allowed until ${until}, which has passed. It was left out.`,
      next: () => 'Choose a later time, if it is still needed.',
    },
    de: {
      message: ({ address, until }) =>
        `${address} sollte bis ${until} zugelassen sein. Das ist vorbei, der Eintrag wurde weggelassen.`,
      next: () => 'Wählen Sie eine spätere Zeit, wenn die Registry noch gebraucht wird.',
    },
  }),
  'grant-team-unknown': row({
    example: { address: 'gcr.io', team: 'platfrom' },
    en: {
      message: ({ address, team }) => `${address} is allowed for team ${team}, which does not exist.`,
      next: () => 'Check the spelling, or create the team. Until then this allows nobody anything.',
    },
    de: {
      message: ({ address, team }) => `${address} ist für das Team ${team} zugelassen, das es nicht gibt.`,
      next: () =>
        'Prüfen Sie die Schreibweise, oder legen Sie das Team an. Bis dahin ist damit für niemanden etwas zugelassen.',
    },
  }),
  'grant-covered': row({
    example: { address: 'gcr.io' },
    en: {
      message: ({ address }) => `${address} is allowed for everybody at any time, so its limit has no effect.`,
      next: () => 'Remove the one without a limit, if the limit is meant.',
    },
    de: {
      message: ({ address }) =>
        `${address} ist für alle jederzeit zugelassen. Die Beschränkung hat deshalb keine Wirkung.`,
      next: () => 'Entfernen Sie den Eintrag ohne Beschränkung, wenn sie gelten soll.',
    },
  }),
  'hint-listed-twice': row({
    example: { address: 'gcr.io' },
    en: {
      message: ({ address }) => `There are two suggestions for ${address}.`,
      next: () => 'Keep one of them.',
    },
    de: {
      message: ({ address }) => `Für ${address} gibt es zwei Vorschläge.`,
      next: () => 'Behalten Sie einen davon.',
    },
  }),
  'membership-key-invalid': row({
    example: {},
    en: {
      message: () => 'The thumbprint of the gateway is not valid.',
      next: () => 'Send the SHA-256 thumbprint of its key (RFC 7638) as jkt, or leave it out.',
    },
    de: {
      message: () => 'Der Fingerabdruck des Gateways ist ungültig.',
      next: () => 'Senden Sie den SHA-256-Fingerabdruck seines Schlüssels (RFC 7638) als jkt, oder lassen Sie ihn weg.',
    },
  }),
  'hub-without-grants': row({
    example: { organization: 'acme' },
    en: {
      message: ({ organization }) => `The hub of ${organization} is too old for this. Nothing was saved.`,
      next: () =>
        'Update the hub. It knows always-allowed registries only: no limits, suggestions, requests or support.',
    },
    de: {
      message: ({ organization }) => `Der Hub von ${organization} ist dafür zu alt. Es wurde nichts gespeichert.`,
      next: () =>
        'Aktualisieren Sie den Hub. Er kennt nur immer zugelassene Registries: keine Beschränkungen, Vorschläge, Anfragen und Hilfe.',
    },
  }),
  'until-invalid': row({
    example: { written: 'friday' },
    en: {
      message: ({ written }) => `"${written}" is not a time.`,
      next: () => 'Write a duration (12h, 7d), a local time (2026-12-04T18:00), or a time with its offset (RFC 3339).',
    },
    de: {
      message: ({ written }) => `„${written}“ ist keine Zeitangabe.`,
      next: () =>
        'Geben Sie eine Dauer (12h, 7d), eine Ortszeit (2026-12-04T18:00) oder eine Zeit mit Zeitzone (RFC 3339) an.',
    },
  }),
  'until-over': row({
    example: { written: '2025-12-04T18:00' },
    en: {
      message: ({ written }) => `${written} has passed already.`,
      next: () => 'Choose a time in the future.',
    },
    de: {
      message: ({ written }) => `${written} ist schon vorbei.`,
      next: () => 'Wählen Sie eine Zeit in der Zukunft.',
    },
  }),
};
