import { z } from 'zod';
import { Webhook, WebhookList, WebhookSecret, WebhookTested } from '../../shared/schemas/hub/webhooks.ts';
import { asOwner, type Where } from './as-owner.ts';
import { english } from './english.ts';
import { printJson, printLine } from './print.ts';

export type Asked = Where & { json?: boolean };

/** @throws ProblemError of `asOwner`, as all here. */
export async function listWebhooks({ json = false, ...where }: Asked): Promise<void> {
  await asOwner(
    where,
    async ({ org, ask }) => {
      const { value } = await ask(WebhookList, 'webhooks');
      if (json) return printJson(value);
      if (value.items.length === 0) printLine(`${org} has no webhooks.`);
      for (const { id, name, url, events, enabled, deliveries } of value.items) {
        printLine(`${id}  ${name}  ${enabled ? 'on' : 'off'}  ${url}  ${events.join(', ')}`);
        for (const { event, at, state, status, problem } of deliveries.slice(0, 3)) {
          const answer = status === null ? '' : ` (${status})`;
          const why = problem === null ? '' : `: ${problem.message}`;
          printLine(`  ${english.time.exact(Date.parse(at))}  ${event}  ${state}${answer}${why}`);
        }
      }
    },
    json,
  );
}

export async function addWebhook(where: Asked, name: string, url: string, events: string[]): Promise<void> {
  await withSecret(where, 'webhooks', { name, url, events }, 'Added');
}

export async function replaceSecret(where: Asked, id: string): Promise<void> {
  await withSecret(where, `webhooks/${encodeURIComponent(id)}/secret`, undefined, 'Replaced the secret of');
}

async function withSecret({ json = false, ...where }: Asked, path: string, body: unknown, done: string): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(WebhookSecret, path, { method: 'POST', body });
      if (json) return printJson(value);
      const { webhook, secret } = value;
      printLine(`${done} webhook ${webhook.id} (${webhook.name}).`);
      printLine('This is its secret. It is shown only now; enter it at the receiver:');
      printLine(`  ${secret}`);
      if (webhook.previousUntil !== null) {
        const until = english.time.exact(Date.parse(webhook.previousUntil));
        printLine(`Until ${until}, deliveries are signed with the secret before it too.`);
      }
    },
    json,
  );
}

export async function changeWebhook(
  { json = false, ...where }: Asked,
  id: string,
  change: {
    name?: string | undefined;
    url?: string | undefined;
    events?: string[] | undefined;
    enabled?: boolean | undefined;
  },
): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(Webhook, `webhooks/${encodeURIComponent(id)}`, { method: 'PATCH', body: change });
      if (json) return printJson(value);
      printLine(`${value.name} is ${value.enabled ? 'on' : 'off'}: ${value.events.join(', ')} to ${value.url}`);
    },
    json,
  );
}

export async function testWebhook({ json = false, ...where }: Asked, id: string): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(WebhookTested, `webhooks/${encodeURIComponent(id)}/test`, { method: 'POST' });
      if (json) return printJson(value);
      const { state, status, problem } = value.delivery;
      printLine(
        `The test was ${state === 'delivered' ? 'delivered' : 'not delivered'}${status === null ? '' : ` (${status})`}.`,
      );
      if (problem !== null) printLine([problem.message, problem.next ?? ''].join(' ').trim());
    },
    json,
  );
}

export async function deleteWebhook({ json = false, ...where }: Asked, id: string): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      await ask(z.null(), `webhooks/${encodeURIComponent(id)}`, { method: 'DELETE' });
      if (json) return printJson({ deleted: id });
      printLine(`Deleted webhook ${id}.`);
    },
    json,
  );
}
