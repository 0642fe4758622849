import { row } from './row.ts';

const HOOK = { name: 'chat' };

/** Of pipelines and webhooks. */
export const programDetails = {
  'token-created': row({
    example: { name: 'deploy', rights: 'apply', until: '2026-08-01T12:00:00.000Z' },
    en: ({ name, rights, until }) => `created pipeline token ${name} (${rights}) until ${until}`,
    de: ({ name, rights, until }) => `Pipeline-Token ${name} (${rights}) erstellt, gültig bis ${until}`,
  }),
  'token-deleted': row({
    example: { name: 'deploy' },
    en: ({ name }) => `deleted pipeline token ${name}`,
    de: ({ name }) => `Pipeline-Token ${name} gelöscht`,
  }),
  'webhook-created': row({
    example: { ...HOOK, host: 'hooks.acme.example' },
    en: ({ name, host }) => `created webhook ${name} to ${host}`,
    de: ({ name, host }) => `Webhook ${name} an ${host} erstellt`,
  }),
  'webhook-renamed': row({
    example: { ...HOOK, after: 'operations' },
    en: ({ name, after }) => `renamed webhook ${name} to ${after}`,
    de: ({ name, after }) => `Webhook ${name} in ${after} umbenannt`,
  }),
  'webhook-moved': row({
    example: { ...HOOK, host: 'hooks.acme.example' },
    en: ({ name, host }) => `changed the address of webhook ${name} to ${host}`,
    de: ({ name, host }) => `Adresse des Webhooks ${name} zu ${host} geändert`,
  }),
  'webhook-events': row({
    example: { ...HOOK, events: ['request.created'] as readonly string[] },
    en: ({ name, events }) => `changed the events of webhook ${name} to ${events.join(', ')}`,
    de: ({ name, events }) => `Ereignisse des Webhooks ${name} zu ${events.join(', ')} geändert`,
  }),
  'webhook-on': row({
    example: HOOK,
    en: ({ name }) => `switched webhook ${name} on`,
    de: ({ name }) => `Webhook ${name} eingeschaltet`,
  }),
  'webhook-off': row({
    example: HOOK,
    en: ({ name }) => `switched webhook ${name} off`,
    de: ({ name }) => `Webhook ${name} ausgeschaltet`,
  }),
  'webhook-gone': row({
    example: HOOK,
    en: ({ name }) => `switched webhook ${name} off: its receiver answered 410 Gone`,
    de: ({ name }) => `Webhook ${name} ausgeschaltet: Sein Empfänger hat mit 410 Gone geantwortet`,
  }),
  'webhook-secret': row({
    example: HOOK,
    en: ({ name }) => `changed the secret of webhook ${name}`,
    de: ({ name }) => `Geheimnis des Webhooks ${name} geändert`,
  }),
  'webhook-deleted': row({
    example: HOOK,
    en: ({ name }) => `deleted webhook ${name}`,
    de: ({ name }) => `Webhook ${name} gelöscht`,
  }),
};
