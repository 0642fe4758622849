import { describeState, titleOf } from '../../shared/messages/describe-state.ts';
import type { Words } from '../../shared/messages/words.ts';
import type { Look, StateId } from '../../shared/state/derive-state.ts';
import type { AgentView } from './agent-view.ts';

/** Each state has a shape of its own; the colour repeats what the shape says, for those who see it. */
export interface TrayLook {
  shape: StateId | 'connection-lost' | 'enforcing-doubtful';
  colour: Look;
  tooltip: string;
}

/** Windows cuts a tooltip off at 127 UTF-16 units (NOTIFYICONDATAW's `szTip`). */
const MAX_TOOLTIP = 127;

export function trayLook(view: AgentView, now: number, words: Words): TrayLook {
  switch (view.kind) {
    case 'starting':
      return { shape: 'starting', colour: 'amber', tooltip: words.shell.starting };
    case 'failed':
      return { shape: 'connection-lost', colour: 'amber', tooltip: words.shell.failed.headline };
    case 'running': {
      const { id, look } = view.snapshot.state;
      // Not the sentence, which may count seconds: a tooltip is not updated that often.
      const title = titleOf(describeState(view.snapshot, now, words));
      // For those who do not see the colour: a shield with a check mark would look fine.
      const shape = id === 'enforcing' && look !== 'green' ? 'enforcing-doubtful' : id;
      return { shape, colour: look, tooltip: clip(`${words.state.product}: ${title}`) };
    }
  }
}

function clip(text: string): string {
  return text.length <= MAX_TOOLTIP ? text : `${text.slice(0, MAX_TOOLTIP - 1)}…`;
}

/**
 * The picture of a look, below the folder of tray icons; Electron finds its `@2x` by itself. On macOS a template image, which
 * the system paints to suit the menu bar, so there the shape has to do.
 */
export function trayIconFile({ shape, colour }: TrayLook, platform: NodeJS.Platform): string {
  if (platform === 'darwin') return `macos/${shape}Template.png`;
  return `${platform === 'win32' ? 'windows' : 'linux'}/${shape}-${colour}.png`;
}
