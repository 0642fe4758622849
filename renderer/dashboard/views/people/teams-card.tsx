import { useState } from 'react';
import { useStore } from 'zustand';
import type { Team } from '../../../../shared/schemas/hub/people.ts';
import { Card } from '../../../ui/components/card.tsx';
import { useMay, useTexts } from '../../hooks.ts';
import { FormDialog } from './form-dialog.tsx';
import { TextField } from './person-fields.tsx';
import { usePeople, useSubmission } from './use-people.ts';

type Open = { kind: 'add' } | { kind: 'rename' | 'delete'; team: Team };

export function TeamsCard({ onSaid }: { onSaid: (sentence: string) => void }) {
  const people = usePeople();
  const { people: texts } = useTexts();
  const mayChange = useMay('owner');
  const teams = useStore(people.store, (state) => state.teams);
  const [open, setOpen] = useState<Open | null>(null);
  return (
    <Card
      title={texts.teams.title}
      aside={
        mayChange && (
          <button type="button" className="button small" onClick={() => setOpen({ kind: 'add' })}>
            {texts.teams.add}
          </button>
        )
      }
    >
      {teams.length === 0 ? (
        <p className="empty">{texts.teams.empty}</p>
      ) : (
        <ul className="plain teams">
          {teams.map((team) => (
            <li key={team.name}>
              <span className="team-name">{team.name}</span>
              <span className="fine">{texts.teams.count(team.people)}</span>
              {mayChange && (
                <span className="actions">
                  <button
                    type="button"
                    className="button aside"
                    aria-label={texts.teams.rename(team.name)}
                    onClick={() => setOpen({ kind: 'rename', team })}
                  >
                    {texts.teams.renameShort}
                  </button>
                  <button
                    type="button"
                    className="button aside"
                    aria-label={texts.teams.delete(team.name)}
                    onClick={() => setOpen({ kind: 'delete', team })}
                  >
                    {texts.teams.deleteShort}
                  </button>
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
      {open !== null && <TeamDialog open={open} onSaid={onSaid} onClose={() => setOpen(null)} />}
    </Card>
  );
}

function TeamDialog({
  open,
  onSaid,
  onClose,
}: {
  open: Open;
  onSaid: (sentence: string) => void;
  onClose: () => void;
}) {
  const people = usePeople();
  const { people: texts } = useTexts();
  const submission = useSubmission();
  const [name, setName] = useState(open.kind === 'rename' ? open.team.name : '');
  const send = (work: () => Promise<void>, said: string): void =>
    void submission.run(async () => {
      await work();
      onSaid(said);
      onClose();
    });
  if (open.kind === 'delete') {
    const { team } = open;
    return (
      <FormDialog
        title={texts.teams.deleteTitle(team.name)}
        submit={texts.teams.deleteSubmit}
        danger
        submission={submission}
        onSubmit={() => send(() => people.deleteTeam(team.name), texts.said.teamDeleted(team.name))}
        onClose={onClose}
      >
        <p>{texts.teams.deleteText(team.people)}</p>
      </FormDialog>
    );
  }
  const isNew = open.kind === 'add';
  return (
    <FormDialog
      title={isNew ? texts.teams.add : texts.teams.renameTitle(open.team.name)}
      submit={texts.form.save}
      submission={submission}
      onSubmit={() =>
        send(() => (isNew ? people.addTeam(name) : people.renameTeam(open.team.name, name)), texts.said.team(name))
      }
      onClose={onClose}
    >
      <TextField label={texts.teams.name} value={name} focused onChange={setName} />
    </FormDialog>
  );
}
