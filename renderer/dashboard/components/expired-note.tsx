import { Icon } from '../../ui/components/icon.tsx';
import { useDashboard, useExpired, useTexts } from '../hooks.ts';

/** Nothing goes away when a sign-in expires: the way back leads to the same view, with everything that was typed. */
export function ExpiredNote() {
  const dashboard = useDashboard();
  const expired = useExpired();
  const { shell } = useTexts();
  return (
    <div role="alert" className="expired">
      {expired && (
        <div className="note tone-amber">
          <Icon name="warning" />
          <p>{shell.expired}</p>
          <button type="button" className="button small" onClick={() => void dashboard.signIn()}>
            {shell.signInAgain}
          </button>
        </div>
      )}
    </div>
  );
}
