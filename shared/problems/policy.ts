import { idTokenProblems } from './id-token.ts';
import { row } from './row.ts';

const PINNED = {
  en: 'Compare "policyKeys" in portcullis.json with the keys of the server.',
  de: 'Vergleichen Sie „policyKeys“ in portcullis.json mit den Schlüsseln des Servers.',
};
const ANSWERING = {
  en: 'Check the URL of the server, and what answers there.',
  de: 'Prüfen Sie die URL des Servers und was dort antwortet.',
};
const SERVER_ADMINISTRATOR = {
  en: 'Report this to the administrator of the server.',
  de: 'Melden Sie das dem Administrator des Servers.',
};

type Prefixed<Prefix extends string, Rows> = { [Name in keyof Rows & string as `${Prefix}-${Name}`]: Rows[Name] };

function prefixed<Prefix extends string, Rows extends object>(prefix: Prefix, rows: Rows) {
  const entries = Object.entries(rows).map(([name, each]) => [`${prefix}-${name}`, each]);
  return Object.fromEntries(entries) as Prefixed<Prefix, Rows>;
}

/** Why a document of one kind could not be verified before its claims: `policy-signature`, `membership-signature`, … */
function signedDocumentProblems<Kind extends string>(kind: Kind, the: { en: string; de: string }) {
  return prefixed(kind, {
    garbage: row({
      example: {},
      en: { message: () => `${the.en} is damaged, or something else arrived instead.`, next: () => ANSWERING.en },
      de: {
        message: () => `${the.de} ist beschädigt, oder stattdessen kam etwas anderes an.`,
        next: () => ANSWERING.de,
      },
    }),
    unverified: row({
      example: {},
      en: {
        message: () => `${the.en} could not be verified and was not used.`,
        next: () =>
          'Compare "policyKeys" in portcullis.json with the keys of the server, and check what the server sends.',
      },
      de: {
        message: () => `${the.de} konnte nicht verifiziert werden und wurde nicht verwendet.`,
        next: () =>
          'Vergleichen Sie „policyKeys“ in portcullis.json mit den Schlüsseln des Servers, und prüfen Sie, was der Server sendet.',
      },
    }),
    header: row({
      example: {},
      en: { message: () => `${the.en} has an invalid header.`, next: () => ANSWERING.en },
      de: { message: () => `${the.de} hat ungültige Kopfdaten.`, next: () => ANSWERING.de },
    }),
    algorithm: row({
      example: {},
      en: { message: () => `${the.en} is signed with an algorithm that is not accepted.`, next: () => ANSWERING.en },
      de: {
        message: () => `${the.de} ist mit einem Verfahren signiert, das nicht akzeptiert wird.`,
        next: () => ANSWERING.de,
      },
    }),
    'key-unknown': row({
      example: {},
      en: {
        message: () => `${the.en} is signed with a key that is not pinned on this machine.`,
        next: () => PINNED.en,
      },
      de: {
        message: () => `${the.de} ist mit einem Schlüssel signiert, der auf diesem Rechner nicht hinterlegt ist.`,
        next: () => PINNED.de,
      },
    }),
    'key-organization': row({
      example: {},
      en: {
        message: () => `${the.en} is signed with a key that may not sign for its organization.`,
        next: () => PINNED.en,
      },
      de: {
        message: () => `${the.de} ist mit einem Schlüssel signiert, der nicht für die Organisation gilt.`,
        next: () => PINNED.de,
      },
    }),
    signature: row({
      example: {},
      en: {
        message: () => `${the.en} has an invalid signature and was not used.`,
        next: () => ANSWERING.en,
      },
      de: {
        message: () => `${the.de} hat eine ungültige Signatur und wurde nicht verwendet.`,
        next: () => ANSWERING.de,
      },
    }),
    claims: row({
      example: {},
      en: { message: () => `${the.en} is signed, but its content is not valid.`, next: () => SERVER_ADMINISTRATOR.en },
      de: {
        message: () => `${the.de} ist signiert, aber inhaltlich ungültig.`,
        next: () => SERVER_ADMINISTRATOR.de,
      },
    }),
  });
}

/** Why the claims of a policy or a membership proof do not fit this machine. */
function claimsProblems<Kind extends string>(kind: Kind, the: { en: string; de: string }) {
  return prefixed(kind, {
    organization: row({
      example: { organization: 'globex', expected: ['acme'] },
      en: {
        message: ({ organization, expected }) =>
          `${the.en} is for ${organization}, but this machine expects ${expected.join(' or ')}.`,
        next: () => 'Check which organization this machine belongs to.',
      },
      de: {
        message: ({ organization, expected }) =>
          `${the.de} gilt für ${organization}, dieser Rechner erwartet aber ${expected.join(' oder ')}.`,
        next: () => 'Prüfen Sie, zu welcher Organisation dieser Rechner gehört.',
      },
    }),
    issuer: row({
      example: { issuer: 'https://other.example' },
      en: {
        message: ({ issuer }) => `${the.en} was issued by ${issuer}, which is not this machine's server.`,
        next: () => 'Check the URL of the server.',
      },
      de: {
        message: ({ issuer }) => `${the.de} stammt von ${issuer}, nicht vom Server dieses Rechners.`,
        next: () => 'Prüfen Sie die URL des Servers.',
      },
    }),
    expired: row({
      example: { expired: '2026-11-21T14:00:00.000Z' },
      en: {
        message: ({ expired }) => `${the.en} expired at ${expired}.`,
        next: () => 'Sync. If it happens again, check the clocks of this machine and the server.',
      },
      de: {
        message: ({ expired }) => `${the.de} ist am ${expired} abgelaufen.`,
        next: () => 'Synchronisieren Sie. Hilft das nicht, prüfen Sie die Uhren dieses Rechners und des Servers.',
      },
    }),
    'not-yet': row({
      example: { signed: '2026-11-21T14:00:00.000Z' },
      en: {
        message: ({ signed }) => `${the.en} was signed at ${signed}, which is in the future.`,
        next: () => 'Check the clocks of this machine and the server.',
      },
      de: {
        message: ({ signed }) => `${the.de} wurde am ${signed} signiert, also in der Zukunft.`,
        next: () => 'Prüfen Sie die Uhren dieses Rechners und des Servers.',
      },
    }),
  });
}

const POLICY = { en: 'The policy', de: 'Die Richtlinie' };
const MEMBERSHIP = { en: 'The membership proof', de: 'Der Mitgliedschaftsnachweis' };
const KEYS = { en: 'The signed key set', de: 'Der signierte Schlüsselsatz' };

/** Verifying policies, membership proofs and signed key sets. */
export const policyProblems = {
  ...signedDocumentProblems('policy', POLICY),
  ...signedDocumentProblems('membership', MEMBERSHIP),
  ...signedDocumentProblems('keys', KEYS),
  ...claimsProblems('policy', POLICY),
  ...claimsProblems('membership', MEMBERSHIP),
  ...idTokenProblems,
  'policy-too-large': row({
    example: { maximum: 268_435_456 },
    en: {
      message: ({ maximum }) => `The policy is larger than ${maximum} bytes.`,
      next: () => 'Owner: shorten the allowlist; an address such as *.example.com covers many hosts.',
    },
    de: {
      message: ({ maximum }) => `Die Richtlinie ist größer als ${maximum} Bytes.`,
      next: () =>
        'Als Besitzer der Organisation: Kürzen Sie die Liste; eine Adresse wie *.example.com umfasst viele Hosts.',
    },
  }),
  'membership-too-large': row({
    example: { maximum: 65_536 },
    en: {
      message: ({ maximum }) => `The membership proof is larger than ${maximum} bytes.`,
      next: () => ANSWERING.en,
    },
    de: {
      message: ({ maximum }) => `Der Mitgliedschaftsnachweis ist größer als ${maximum} Bytes.`,
      next: () => ANSWERING.de,
    },
  }),
  'keys-too-large': row({
    example: { maximum: 1_048_576 },
    en: {
      message: ({ maximum }) => `The signed key set is larger than ${maximum} bytes.`,
      next: () => ANSWERING.en,
    },
    de: {
      message: ({ maximum }) => `Der signierte Schlüsselsatz ist größer als ${maximum} Bytes.`,
      next: () => ANSWERING.de,
    },
  }),
  'policy-rollback': row({
    example: { organization: 'acme', revision: 6, highest: 7 },
    en: {
      message: ({ organization, revision, highest }) =>
        `Revision ${revision} of the policy of ${organization} is older than revision ${highest}, which was accepted before.`,
      next: () => `The last valid policy stays in force. ${SERVER_ADMINISTRATOR.en}`,
    },
    de: {
      message: ({ organization, revision, highest }) =>
        `Revision ${revision} der Richtlinie von ${organization} ist älter als Revision ${highest}, die bereits akzeptiert wurde.`,
      next: () => `Die letzte gültige Richtlinie bleibt in Kraft. ${SERVER_ADMINISTRATOR.de}`,
    },
  }),
  'policy-equivocation': row({
    example: { organization: 'acme', revision: 7 },
    en: {
      message: ({ organization, revision }) =>
        `The server has published two different policies of ${organization} as revision ${revision}.`,
      next: () => `The last valid policy stays in force. ${SERVER_ADMINISTRATOR.en}`,
    },
    de: {
      message: ({ organization, revision }) =>
        `Der Server hat zwei verschiedene Richtlinien von ${organization} als Revision ${revision} veröffentlicht.`,
      next: () => `Die letzte gültige Richtlinie bleibt in Kraft. ${SERVER_ADMINISTRATOR.de}`,
    },
  }),
};
