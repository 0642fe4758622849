import { useState } from 'react';
import { useStore } from 'zustand';
import type { PasswordLink } from '../../../../shared/schemas/hub/people.ts';
import { useDashboard, useMe, useOrganization, useTexts } from '../../hooks.ts';
import { FormDialog } from './form-dialog.tsx';
import { LinkPanel } from './link-panel.tsx';
import { PersonFields } from './person-fields.tsx';
import { type OpenDialog, type PersonForm, signInWhereOwn, useDraft, usePeople, useSubmission } from './use-people.ts';

/** One person: what an owner can change about them, and what they lose. */
export function PersonDialog({
  initial,
  onSaid,
  onClose,
}: {
  initial: OpenDialog & { kind: 'person' };
  /** What was done, for the view. */
  onSaid: (sentence: string) => void;
  onClose: () => void;
}) {
  const people = usePeople();
  const dashboard = useDashboard();
  const me = useMe();
  const { name: organization } = useOrganization();
  const { people: texts, shell } = useTexts();
  const teams = useStore(people.store, (state) => state.teams);
  const draft = useDraft();
  const submission = useSubmission();
  const { person } = initial;
  const { sub, username, state, isLastOwner = false, isElsewhere = false } = person;
  const shownName = person.name ?? username;
  const [step, setStep] = useState(initial.step);
  const [form, setForm] = useState(initial.form);
  const [link, setLink] = useState<PasswordLink | null>(null);
  const common = { submission, onClose, onFresh: () => draft.keep({ kind: 'person', person, form, step }) };
  const change = (part: Partial<PersonForm>): void => setForm((before) => ({ ...before, ...part }));

  function save(): void {
    const { role, teams: inTeams, name, email } = form;
    void submission.run(async () => {
      const identity = { name: name === '' ? null : name, email: email === '' ? null : email };
      await people.change(sub, { role, teams: inTeams, ...(isElsewhere ? {} : identity) });
      onSaid(texts.said.saved(username));
      onClose();
      if (role !== person.role) signInWhereOwn(dashboard, me.sub, sub);
    });
  }
  function remove(): void {
    void submission.run(async () => {
      const { deletedAs } = await people.remove(sub);
      onSaid(deletedAs === null ? texts.said.removed(username) : texts.said.deletedAs(username, deletedAs));
      onClose();
      signInWhereOwn(dashboard, me.sub, sub);
    });
  }
  const show = (make: (sub: string) => Promise<PasswordLink>): void =>
    void submission.run(async () => setLink(await make(sub)));

  if (link !== null) {
    return (
      <FormDialog key="link" {...common} title={texts.link.reset(username)} submit={null} onSubmit={onClose}>
        <LinkPanel link={link} />
      </FormDialog>
    );
  }
  switch (step) {
    case 'remove':
      return (
        <FormDialog
          key={step}
          {...common}
          title={texts.removeTitle(shownName, organization)}
          submit={texts.removeSubmit}
          danger
          onSubmit={remove}
        >
          <p>{texts.removeText(shell.role[person.role], person.teams)}</p>
          <p>{texts.removeMachines}</p>
          <p className="fine">{texts.removeAccount}</p>
        </FormDialog>
      );
    case 'reset':
      return (
        <FormDialog
          key={step}
          {...common}
          title={texts.resetTitle(shownName)}
          submit={texts.resetSubmit}
          danger
          onSubmit={() => show(people.resetPassword)}
        >
          <p>{texts.resetText}</p>
        </FormDialog>
      );
    case 'edit':
      return (
        <FormDialog
          key={step}
          {...common}
          title={shownName}
          submit={texts.form.save}
          onSubmit={save}
          below={
            isLastOwner ? null : (
              <div className="person-acts">
                <h3>{texts.actions}</h3>
                <div className="actions">
                  {!isElsewhere && (
                    <button
                      type="button"
                      className="button small"
                      onClick={() => (state === 'active' ? setStep('reset') : show(people.newLink))}
                    >
                      {state === 'active' ? texts.resetPassword : texts.newLink}
                    </button>
                  )}
                  <button type="button" className="button small danger" onClick={() => setStep('remove')}>
                    {texts.remove}
                  </button>
                </div>
              </div>
            )
          }
        >
          <p className="fine">
            {username} · {texts.state[state]}
          </p>
          {isLastOwner && <p className="note tone-blue">{texts.lastOwner}</p>}
          {isElsewhere && <p className="note tone-blue">{texts.elsewhere}</p>}
          <PersonFields
            form={form}
            teams={teams}
            submission={submission}
            fixedRole={isLastOwner}
            fixedIdentity={isElsewhere}
            onChange={change}
          />
        </FormDialog>
      );
  }
}
