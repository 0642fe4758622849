import { useState } from 'react';
import { useStore } from 'zustand';
import type { Invited } from '../../../../shared/schemas/hub/people.ts';
import { useOrganization, useTexts } from '../../hooks.ts';
import { FormDialog } from './form-dialog.tsx';
import { LinkPanel } from './link-panel.tsx';
import { PersonFields, TextField } from './person-fields.tsx';
import { type PersonForm, useDraft, usePeople, useSubmission } from './use-people.ts';

export function InviteDialog({ initial, onClose }: { initial: PersonForm; onClose: () => void }) {
  const people = usePeople();
  const { name: organization } = useOrganization();
  const { people: texts } = useTexts();
  const teams = useStore(people.store, (state) => state.teams);
  const draft = useDraft();
  const submission = useSubmission();
  const [form, setForm] = useState(initial);
  const [invited, setInvited] = useState<Invited | null>(null);
  const change = (part: Partial<PersonForm>): void => setForm((before) => ({ ...before, ...part }));

  function send(): void {
    const { username, name, email, role, teams } = form;
    void submission.run(async () => {
      const optional = { ...(name === '' ? {} : { name }), ...(email === '' ? {} : { email }) };
      setInvited(await people.invite({ username, role, teams, ...optional }));
    });
  }

  if (invited !== null) {
    const { person, invitation } = invited;
    return (
      <FormDialog
        key="done"
        title={invitation === null ? texts.inviteTitle(organization) : texts.link.invited(person.username)}
        submit={null}
        submission={submission}
        onSubmit={onClose}
        onClose={onClose}
      >
        {invitation === null ? <p>{texts.added(person.username, organization)}</p> : <LinkPanel link={invitation} />}
      </FormDialog>
    );
  }
  return (
    <FormDialog
      title={texts.inviteTitle(organization)}
      submit={texts.inviteSubmit}
      submission={submission}
      onSubmit={send}
      onClose={onClose}
      onFresh={() => draft.keep({ kind: 'invite', form })}
    >
      <TextField
        label={texts.form.username}
        hint={texts.form.usernameHint}
        value={form.username}
        fault={submission.faultAt('/username')}
        focused
        onChange={(username) => change({ username })}
      />
      <PersonFields form={form} teams={teams} submission={submission} onChange={change} />
    </FormDialog>
  );
}
