import { type FormEvent, useDeferredValue, useId, useMemo, useRef, useState } from 'react';
import { useStore } from 'zustand';
import { grantKey } from '../../../../shared/lists/grants.ts';
import type { SettingsGrant } from '../../../../shared/schemas/hub/grants.ts';
import { Card } from '../../../ui/components/card.tsx';
import { Choice } from '../../../ui/components/choice.tsx';
import { useTexts } from '../../hooks.ts';
import { withAdded } from '../../stores/draft.ts';
import { withGrantEdit } from '../../stores/draft-extras.ts';
import type { Saved } from '../../stores/registry-access.ts';
import { AddMany } from './add-many.tsx';
import { AddressField } from './address-field.tsx';
import { AddressHelpText } from './address-help-text.tsx';
import { describeAddress } from './describe-address.ts';
import { type Limit, LimitFields, NO_LIMIT } from './limit-fields.tsx';
import { useListing, useRegistryAccess } from './use-registry-access.ts';

/** A new line of the list: its address, explained while it is typed, and what people call it. */
export function AddCard({ saved }: { saved: Saved }) {
  const registryAccess = useRegistryAccess();
  const { registryAccess: texts } = useTexts();
  const { draft } = useStore(registryAccess.store);
  const [written, setWritten] = useState('');
  const [nickname, setNickname] = useState('');
  const [created, setCreated] = useState<string | null>(null);
  const [tried, setTried] = useState(false);
  const [limited, setLimited] = useState(false);
  const [limit, setLimit] = useState<Limit>(NO_LIMIT);
  const [suggesting, setSuggesting] = useState(false);
  const [many, setMany] = useState<string | null>(null);
  const field = useRef<HTMLInputElement>(null);
  const nicknameField = useId();
  const help = useId();
  const listing = useListing(saved, draft);
  const explained = useDeferredValue(written);
  const described = useMemo(() => describeAddress(explained, listing), [explained, listing]);

  const write = (text: string) => {
    setWritten(text);
    setTried(false);
    setCreated(null);
  };
  const add = (address: string, name: string) =>
    registryAccess.edit((current) => withAdded(current, [{ address, nickname: name }], registryAccess.listed));

  /** Takes the place of the one for the same teams. */
  function addLimited(address: string, name: string): void {
    const { until, teams } = limit;
    const grant: SettingsGrant = {
      address,
      ...(name === '' ? {} : { nickname: name }),
      ...(until === '' ? {} : { until }),
      ...(teams.length === 0 ? {} : { teams: [...teams] }),
    };
    const key = grantKey(grant);
    registryAccess.edit((current) =>
      withGrantEdit(
        current,
        grant,
        saved.grants?.find((one) => grantKey(one) === key),
      ),
    );
  }

  function faultOf({ until, teams }: Limit): string | null {
    if (until === '' && teams.length === 0) return texts.limit.needed;
    return until !== '' && Date.parse(until) <= Date.now() ? texts.limit.past : null;
  }

  function create(event: FormEvent): void {
    event.preventDefault();
    // As it stands there, whatever has been explained so far.
    const now = describeAddress(written, listing);
    if (now.kind !== 'address' || (now.listed && !limited)) {
      setTried(true);
      field.current?.focus();
      return;
    }
    if (limited) {
      if (faultOf(limit) !== null) {
        setTried(true);
        return;
      }
      addLimited(now.address.text, nickname.trim());
      setLimit(NO_LIMIT);
      setLimited(false);
    } else add(now.address.text, nickname.trim());
    setTried(false);
    write('');
    setNickname('');
    setCreated(now.address.text);
    field.current?.focus();
  }

  const invalid = tried && (described.kind !== 'address' || (described.listed && !limited));
  return (
    <Card title={texts.add} className="add-card">
      <form onSubmit={create} noValidate>
        <AddressField
          field={field}
          value={written}
          listing={listing}
          invalid={invalid}
          describedBy={help}
          onChange={write}
          onPasteMany={setMany}
          onSuggest={setSuggesting}
        />
        <div id={help} className="address-help" aria-live="polite">
          {!suggesting && (
            <AddressHelpText
              help={described}
              tried={tried}
              onTake={(address) => {
                write(address);
                field.current?.focus();
              }}
              onAdd={(host) => add(host, '')}
            />
          )}
        </div>
        <label className="form-label" htmlFor={nicknameField}>
          {texts.nickname}
        </label>
        <input
          id={nicknameField}
          className="field"
          value={nickname}
          placeholder={described.kind === 'address' ? (described.name ?? undefined) : undefined}
          maxLength={200}
          autoComplete="off"
          aria-describedby={`${nicknameField}-hint`}
          onChange={(event) => setNickname(event.target.value)}
        />
        <p className="fine" id={`${nicknameField}-hint`}>
          {texts.nicknameHint}
        </p>
        <div className="form-label">{texts.limit.allow}</div>
        <Choice
          label={texts.limit.allow}
          value={limited ? 'limited' : 'always'}
          options={[
            ['always', texts.limit.always],
            ['limited', texts.limit.limited],
          ]}
          onChange={(value) => setLimited(value === 'limited')}
        />
        {limited && <LimitFields limit={limit} fault={tried ? faultOf(limit) : null} onChange={setLimit} />}
        <div className="actions">
          <button type="submit" className="button primary">
            {texts.create}
          </button>
          <button type="button" className="button aside" onClick={() => setMany('')}>
            {texts.addMany}
          </button>
        </div>
        <p role="status" className="fine created">
          {created !== null && texts.createdStatus(created)}
        </p>
      </form>
      {many !== null && <AddMany text={many} listing={listing} onClose={() => setMany(null)} />}
    </Card>
  );
}
