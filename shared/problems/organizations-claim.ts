import type { ClaimShape } from '../policy/organizations-claim.ts';
import { row } from './row.ts';

/** The forms of a claim that Portcullis tells apart (`ClaimShape`). */
const CLAIM_SHAPES: Record<'en' | 'de', Record<ClaimShape, string>> = {
  en: {
    text: 'text, but not one name',
    'json-text': 'JSON written as text',
    number: 'a number',
    true: 'true',
    names: 'a list of names',
    objects: 'a list of objects',
    object: 'an object',
    list: 'a list without a usable name',
  },
  de: {
    text: 'Text, aber kein einzelner Name',
    'json-text': 'als Text geschriebenes JSON',
    number: 'eine Zahl',
    true: 'true',
    names: 'eine Liste von Namen',
    objects: 'eine Liste von Objekten',
    object: 'ein Objekt',
    list: 'eine Liste ohne verwendbaren Namen',
  },
};

/** A provider's claim that does not say which organizations a person belongs to. */
export const organizationsClaimProblems = {
  'organizations-claim-absent': row({
    example: { claim: '/groups' },
    en: {
      message: ({ claim }) => `The sign-in server sent no claim ${claim}, so your organizations are unknown.`,
      next: () =>
        'If you belong to no organization, ask to be added to one. If you do, ask your administrator to make the provider send this claim, even when it is an empty list.',
    },
    de: {
      message: ({ claim }) =>
        `Der Anmeldeserver hat den Claim ${claim} nicht gesendet; deshalb sind Ihre Organisationen unbekannt.`,
      next: () =>
        'Gehören Sie zu keiner Organisation, lassen Sie sich in eine aufnehmen. Andernfalls bitten Sie Ihren Administrator, den Provider diesen Claim immer senden zu lassen, auch als leere Liste.',
    },
  }),
  'organizations-claim-overage': row({
    example: { claim: '/groups' },
    en: {
      message: () => 'You are in more groups than the sign-in server lists in a token.',
      next: ({ claim }) =>
        `Ask your administrator to send only the groups that this application needs in ${claim}, or application roles instead.`,
    },
    de: {
      message: () => 'Sie gehören zu mehr Gruppen, als der Anmeldeserver in einem Token aufführt.',
      next: ({ claim }) =>
        `Bitten Sie Ihren Administrator, in ${claim} nur die Gruppen zu senden, die diese Anwendung braucht, oder stattdessen Anwendungsrollen.`,
    },
  }),
  'organizations-claim-unreadable': row({
    example: { claim: '/organization', shape: 'object' as ClaimShape, proposed: 'keys' },
    en: {
      message: ({ claim, shape }) =>
        `The claim ${claim} of the sign-in server is ${CLAIM_SHAPES.en[shape]}. Your organizations cannot be read from it.`,
      next: ({ proposed }) =>
        proposed === ''
          ? 'Ask your administrator to check "organizationsClaim" in portcullis.json, and what the provider sends there.'
          : `Ask your administrator to set "organizationsForm" to "${proposed}" in portcullis.json.`,
    },
    de: {
      message: ({ claim, shape }) =>
        `Der Claim ${claim} des Anmeldeservers ist ${CLAIM_SHAPES.de[shape]}. Ihre Organisationen lassen sich daraus nicht lesen.`,
      next: ({ proposed }) =>
        proposed === ''
          ? 'Bitten Sie Ihren Administrator, „organizationsClaim“ in portcullis.json zu prüfen, und was der Provider dort sendet.'
          : `Bitten Sie Ihren Administrator, „organizationsForm“ in portcullis.json auf „${proposed}“ zu setzen.`,
    },
  }),
};
