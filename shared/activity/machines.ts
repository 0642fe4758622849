import { listed, row } from './row.ts';

const SEVERAL = { machines: ['q3v9Lw2k', 'x81mPz0a'] as readonly string[], more: 3 };

/** Of machines; `machine` is the beginning of its thumbprint. */
export const machineDetails = {
  'machine-forgotten': row({
    example: { machine: 'q3v9Lw2k' },
    en: ({ machine }) => `forgot machine ${machine}`,
    de: ({ machine }) => `Rechner ${machine} entfernt`,
  }),
  'silent-forgotten': row({
    example: { count: 4 },
    en: ({ count }) => `forgot ${count === 1 ? '1 machine' : `${count} machines`} that had been silent`,
    de: ({ count }) =>
      count === 1
        ? '1 Rechner entfernt, der sich nicht mehr gemeldet hat'
        : `${count} Rechner entfernt, die sich nicht mehr gemeldet haben`,
  }),
  'machines-enrolled': row({
    example: { machines: SEVERAL.machines },
    en: ({ machines }) => `enrolled ${machines.join(', ')} by thumbprint`,
    de: ({ machines }) => `${machines.join(', ')} per Fingerabdruck registriert`,
  }),
  'many-enrolled': row({
    example: { count: 250 },
    en: ({ count }) => `enrolled ${count} machines by their thumbprints`,
    de: ({ count }) => `${count} Rechner per Fingerabdruck registriert`,
  }),
  'enrolled-by-code': row({
    example: { machine: 'q3v9Lw2k' },
    en: ({ machine }) => `enrolled ${machine} by its code`,
    de: ({ machine }) => `${machine} per Code registriert`,
  }),
  'machine-cloned': row({
    example: { machine: 'q3v9Lw2k' },
    en: ({ machine }) => `saw the key of ${machine} on two machines`,
    de: ({ machine }) => `Schlüssel von ${machine} auf zwei Rechnern gesehen`,
  }),
  'alert-not-enforcing': row({
    example: SEVERAL,
    en: ({ machines, more }) => `not enforcing for 10 minutes: ${listed.en(machines, more)}`,
    de: ({ machines, more }) => `seit 10 Minuten ohne Durchsetzung: ${listed.de(machines, more)}`,
  }),
  'alert-silent': row({
    example: SEVERAL,
    en: ({ machines, more }) => `silent for 7 days: ${listed.en(machines, more)}`,
    de: ({ machines, more }) => `seit 7 Tagen nicht gemeldet: ${listed.de(machines, more)}`,
  }),
  'codes-made': row({
    example: { count: 50, until: '2026-08-01T12:00:00.000Z' },
    en: ({ count, until }) => `made ${count === 1 ? '1 enrolment code' : `${count} enrolment codes`}, until ${until}`,
    de: ({ count, until }) =>
      `${count === 1 ? '1 Registrierungscode' : `${count} Registrierungscodes`} erstellt, gültig bis ${until}`,
  }),
  'codes-revoked': row({
    example: { count: 50 },
    en: ({ count }) => `revoked ${count === 1 ? '1 unused enrolment code' : `${count} unused enrolment codes`}`,
    de: ({ count }) =>
      count === 1
        ? '1 unbenutzten Registrierungscode widerrufen'
        : `${count} unbenutzte Registrierungscodes widerrufen`,
  }),
};
