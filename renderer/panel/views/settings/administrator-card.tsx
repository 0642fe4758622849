import type { ReactNode } from 'react';
import { organizationOf } from '../../../../shared/messages/describe-state.ts';
import { Card } from '../../../ui/components/card.tsx';
import { Icon } from '../../../ui/components/icon.tsx';
import { Path } from '../../../ui/components/path.tsx';
import { useWords } from '../../../ui/words.ts';
import { useSnapshot } from '../../hooks.ts';

/** What an administrator has decided for this machine, each with the file in which it is written. */
export function AdministratorCard() {
  const snapshot = useSnapshot();
  const { settings: words, authority } = useWords().panel;
  const { managed } = snapshot;
  const settingsSource = managed?.settingsSource ?? null;
  const decided: { label: string; value: ReactNode; source: string; why: string }[] = [];
  if (managed !== null && managed.verdict !== 'absent' && managed.source !== null) {
    const value = managed.allowedOrgs.join(', ') || words.verdict[managed.verdict];
    decided.push({ label: words.signInRequired, value, source: managed.source, why: words.whySignIn });
  }
  if (managed !== null && settingsSource !== null) {
    if (managed.hub !== null) {
      const label = authority.server(organizationOf(snapshot));
      decided.push({ label, value: <Path of={managed.hub} />, source: settingsSource, why: words.whyServer });
    }
    if (managed.keysPinned) {
      decided.push({ label: words.policyKey, value: words.pinned, source: settingsSource, why: words.whyKey });
    }
    if (managed.locked.length > 0) {
      const value = managed.locked.join(', ');
      decided.push({ label: words.locked, value, source: settingsSource, why: words.whyLocked });
    }
  }
  return (
    <Card title={words.administrator}>
      {decided.length === 0 && <p className="empty">{words.nothingDecided}</p>}
      <ul className="plain decided">
        {decided.map(({ label, value, source, why }) => (
          <li key={label}>
            <Icon name="padlock" />
            <div>
              <p>
                <span className="setting-label">{label}:</span> {value}
              </p>
              <p className="fine">{why}</p>
              <p className="fine">
                {words.setIn} <Path of={source} />
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
