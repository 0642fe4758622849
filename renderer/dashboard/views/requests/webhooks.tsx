import { useCallback, useEffect, useId, useState } from 'react';
import { z } from 'zod';
import { problem as problemOf } from '../../../../shared/problems/catalogue.ts';
import { asProblem, type Problem } from '../../../../shared/problems/problem.ts';
import {
  type Delivery,
  HookEvent,
  Webhook,
  WebhookList,
  WebhookSecret,
  WebhookTested,
} from '../../../../shared/schemas/hub/webhooks.ts';
import { parseJson } from '../../../../shared/schemas/parse-json.ts';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { ProblemNote, ProblemText } from '../../../ui/components/problem-note.tsx';
import { When } from '../../../ui/components/when.tsx';
import { useDashboard, useMe, useOrganization, useTexts } from '../../hooks.ts';
import { ofOrganization } from '../../transport/api.ts';
import { FormDialog } from '../people/form-dialog.tsx';
import { TextField } from '../people/person-fields.tsx';
import { useSubmission } from '../people/use-people.ts';

/** What is typed: also kept while the person signs in again. */
const Form = z.object({ id: z.string().nullable(), name: z.string(), url: z.string(), events: z.array(HookEvent) });
type Form = z.infer<typeof Form>;

type Open = { kind: 'edit'; form: Form } | { kind: 'secret' | 'delete'; hook: Webhook };

const EMPTY: Form = { id: null, name: '', url: '', events: ['request.created'] };

/** Where the organization's events are sent; for its owners. */
export function Webhooks() {
  const { api, drafts } = useDashboard();
  const { name: organization } = useOrganization();
  const { sub } = useMe();
  const { requests, shell } = useTexts();
  const { webhooks: texts } = requests;
  const [hooks, setHooks] = useState<readonly Webhook[] | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [open, setOpen] = useState<Open | null>(null);
  const draft = `portcullis.webhooks ${organization} ${sub}`;
  const path = (rest = ''): string => ofOrganization(organization, `webhooks${rest}`);
  const load = useCallback(async () => {
    try {
      const { value } = await api.call(WebhookList, 'GET', ofOrganization(organization, 'webhooks'));
      setHooks(value.items);
      setProblem(null);
    } catch (error) {
      setProblem(asProblem(error, problemOf('dashboard-bad-answer')));
    }
  }, [api, organization]);
  useEffect(() => {
    void load();
    const kept = Form.safeParse(parseJson(drafts.getItem(draft) ?? ''));
    drafts.removeItem(draft);
    if (kept.success) setOpen({ kind: 'edit', form: kept.data });
  }, [load, drafts, draft]);

  if (hooks === null && problem === null) return <p className="waiting">{shell.loading}</p>;
  return (
    <>
      <p className="lead">{texts.intro}</p>
      {problem !== null && <ProblemNote problem={problem} tone="red" />}
      <div className="actions">
        <button type="button" className="button small primary" onClick={() => setOpen({ kind: 'edit', form: EMPTY })}>
          {texts.add}
        </button>
      </div>
      {hooks?.length === 0 && <p className="empty">{texts.empty}</p>}
      <ul className="plain requests">
        {hooks?.map((hook) => (
          <Hook key={hook.id} hook={hook} path={path(`/${hook.id}`)} onOpen={setOpen} onChanged={load} />
        ))}
      </ul>
      {open?.kind === 'edit' && (
        <EditDialog
          initial={open.form}
          path={path}
          onChanged={load}
          onFresh={(form) => drafts.setItem(draft, JSON.stringify(form))}
          onClose={() => setOpen(null)}
        />
      )}
      {open !== null && open.kind !== 'edit' && (
        <AskDialog open={open} path={path(`/${open.hook.id}`)} onChanged={load} onClose={() => setOpen(null)} />
      )}
    </>
  );
}

function Hook({
  hook,
  path,
  onOpen,
  onChanged,
}: {
  hook: Webhook;
  path: string;
  onOpen: (open: Open) => void;
  onChanged: () => Promise<void>;
}) {
  const { api, signIn } = useDashboard();
  const { requests, shell } = useTexts();
  const { webhooks: texts } = requests;
  const submission = useSubmission();
  const { id, name, url, events, enabled, deliveries } = hook;
  const [last] = deliveries;
  const act = (work: () => Promise<unknown>): void =>
    void submission.run(async () => {
      await work();
      await onChanged();
    });
  return (
    <li className="request-row webhook-row">
      <div className="request-head">
        <h2>{name}</h2>
        <span className={enabled ? 'chip tone-green' : 'chip tone-grey'}>{enabled ? texts.on : texts.off}</span>
      </div>
      <p className="mono wrap">{url}</p>
      <p className="fine">{events.map((event) => texts.event[event]).join(' · ')}</p>
      {last === undefined ? (
        <p className="fine">{texts.noDeliveries}</p>
      ) : (
        <details>
          <summary>
            {texts.last} <Outcome delivery={last} />
          </summary>
          <ul className="plain asked">
            {deliveries.map((one) => (
              <li key={one.id}>
                <p>
                  <span className="mono">{one.event}</span> <When at={Date.parse(one.at)} direction="past" />{' '}
                  <Outcome delivery={one} /> <span className="fine">{texts.tries(one.tries)}</span>
                </p>
                {one.problem !== null && (
                  <p className="fine">
                    <ProblemText problem={one.problem} />
                  </p>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
      <div className="actions">
        <button
          type="button"
          className="button small"
          aria-label={texts.testOne(name)}
          aria-disabled={submission.busy}
          onClick={() => act(() => api.call(WebhookTested, 'POST', `${path}/test`))}
        >
          {texts.test}
        </button>
        <button
          type="button"
          className="button small"
          aria-label={texts.editOne(name)}
          onClick={() => onOpen({ kind: 'edit', form: { id, name, url, events } })}
        >
          {texts.edit}
        </button>
        <button
          type="button"
          className="button small"
          aria-label={texts.switchOne(name, !enabled)}
          aria-disabled={submission.busy}
          onClick={() => act(() => api.call(Webhook, 'PATCH', path, { body: { enabled: !enabled } }))}
        >
          {texts.switch(!enabled)}
        </button>
        <button
          type="button"
          className="button small"
          aria-label={texts.secretOne(name)}
          onClick={() => onOpen({ kind: 'secret', hook })}
        >
          {texts.newSecret}
        </button>
        <button
          type="button"
          className="button small"
          aria-label={texts.deleteOne(name)}
          onClick={() => onOpen({ kind: 'delete', hook })}
        >
          {texts.delete}
        </button>
      </div>
      <div role="alert">
        {submission.problem !== null &&
          (submission.problem.code === 'fresh-sign-in-required' ? (
            <p className="note tone-amber">
              {texts.fresh}{' '}
              <button type="button" className="button small" onClick={() => void signIn(true)}>
                {shell.freshNeeded}
              </button>
            </p>
          ) : (
            <ProblemNote problem={submission.problem} tone="red" />
          ))}
      </div>
    </li>
  );
}

const TONES = { waiting: 'amber', delivered: 'green', failed: 'red', dropped: 'grey' } as const;

function Outcome({ delivery: { state, status } }: { delivery: Delivery }) {
  const { webhooks: texts } = useTexts().requests;
  return (
    <span className={`chip tone-${TONES[state]}`}>
      {texts.state[state]}
      {status !== null && ` · ${status}`}
    </span>
  );
}

function EditDialog({
  initial,
  path,
  onChanged,
  onFresh,
  onClose,
}: {
  initial: Form;
  path: (rest?: string) => string;
  onChanged: () => Promise<void>;
  onFresh: (form: Form) => void;
  onClose: () => void;
}) {
  const { api } = useDashboard();
  const { webhooks: texts } = useTexts().requests;
  const submission = useSubmission();
  const [form, setForm] = useState(initial);
  const [made, setMade] = useState<WebhookSecret | null>(null);
  const change = (part: Partial<Form>): void => setForm((before) => ({ ...before, ...part }));
  const { id, ...body } = form;

  function send(): void {
    void submission.run(async () => {
      if (id === null) setMade((await api.call(WebhookSecret, 'POST', path(), { body })).value);
      else await api.call(Webhook, 'PATCH', path(`/${id}`), { body });
      await onChanged();
      if (id !== null) onClose();
    });
  }

  if (made !== null) return <SecretDialog key="secret" made={made} onClose={onClose} />;
  return (
    <FormDialog
      title={id === null ? texts.add : texts.editOne(initial.name)}
      submit={id === null ? texts.create : texts.save}
      submission={submission}
      onSubmit={send}
      onClose={onClose}
      onFresh={() => onFresh(form)}
    >
      <TextField
        label={texts.name}
        hint={texts.nameHint}
        value={form.name}
        fault={submission.faultAt('/name')}
        focused
        onChange={(name) => change({ name })}
      />
      <TextField
        label={texts.url}
        hint={texts.urlHint}
        value={form.url}
        fault={submission.faultAt('/url')}
        onChange={(url) => change({ url })}
      />
      <fieldset>
        <legend>{texts.events}</legend>
        {HookEvent.options.map((event) => (
          <label key={event}>
            <input
              type="checkbox"
              checked={form.events.includes(event)}
              onChange={({ target }) => {
                const others = form.events.filter((one) => one !== event);
                change({ events: target.checked ? [...others, event] : others });
              }}
            />
            {texts.event[event]}
          </label>
        ))}
      </fieldset>
    </FormDialog>
  );
}

/** A new secret, or the end of a webhook: asks first. */
function AskDialog({
  open: { kind, hook },
  path,
  onChanged,
  onClose,
}: {
  open: Exclude<Open, { kind: 'edit' }>;
  path: string;
  onChanged: () => Promise<void>;
  onClose: () => void;
}) {
  const { api } = useDashboard();
  const { webhooks: texts } = useTexts().requests;
  const submission = useSubmission();
  const [made, setMade] = useState<WebhookSecret | null>(null);
  const isSecret = kind === 'secret';

  function send(): void {
    void submission.run(async () => {
      if (isSecret) setMade((await api.call(WebhookSecret, 'POST', `${path}/secret`)).value);
      else await api.raw('DELETE', path);
      await onChanged();
      if (!isSecret) onClose();
    });
  }

  if (made !== null) return <SecretDialog key="secret" made={made} onClose={onClose} />;
  return (
    <FormDialog
      title={isSecret ? texts.secretOne(hook.name) : texts.deleteOne(hook.name)}
      submit={isSecret ? texts.newSecret : texts.delete}
      danger={!isSecret}
      submission={submission}
      onSubmit={send}
      onClose={onClose}
    >
      <p>{isSecret ? texts.secretText : texts.deleteText}</p>
    </FormDialog>
  );
}

function SecretDialog({ made, onClose }: { made: WebhookSecret; onClose: () => void }) {
  const { webhooks: texts } = useTexts().requests;
  const submission = useSubmission();
  const id = useId();
  return (
    <FormDialog
      title={texts.secretTitle(made.webhook.name)}
      submit={null}
      submission={submission}
      onSubmit={onClose}
      onClose={onClose}
    >
      <div className="link-panel">
        <p>{texts.secretWhat}</p>
        <label htmlFor={id} className="visually-hidden">
          {texts.secret}
        </label>
        <div className="field-row">
          <input
            id={id}
            className="field mono"
            readOnly
            value={made.secret}
            onFocus={(event) => event.target.select()}
          />
          <CopyButton text={() => made.secret} label={texts.copy} className="button primary" />
        </div>
        <p className="fine">{texts.once}</p>
      </div>
    </FormDialog>
  );
}
