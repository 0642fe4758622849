import '../ui/jitless.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { PanelBridge } from '../../shared/schemas/panel-bridge.ts';
import { keptAppearance } from '../ui/appearance.ts';
import { dismissByEscape } from '../ui/dismiss.ts';
import { ClockContext } from '../ui/hooks.ts';
import { App } from './app.tsx';
import { PanelContext } from './hooks.ts';
import { createPanel } from './panel.ts';
import { restoreView, showView } from './view-route.ts';
import '../ui/styles/tokens.css';
import '../ui/styles/base.css';
import '../ui/styles/components.css';
import '../ui/styles/page.css';
import './styles/overview.css';
import './styles/views.css';
import './styles/requests.css';
import { createBridgeConnection } from './transport/bridge-connection.ts';
import { takeCredential } from './transport/credential.ts';
import { createWebSocketConnection } from './transport/websocket-connection.ts';

const now = () => Date.now();

const credential = takeCredential(location, history, sessionStorage);
restoreView();
const { theme } = keptAppearance(localStorage);
document.documentElement.dataset.theme = theme;

/** Put there by Electron's preload script; a browser has none. */
declare global {
  interface Window {
    readonly portcullis?: PanelBridge;
  }
}

const connection =
  window.portcullis === undefined
    ? createWebSocketConnection({
        connect: () => new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ipc`),
        credential,
        storage: sessionStorage,
        now,
        after(delay, run) {
          const timer = setTimeout(run, delay);
          return () => clearTimeout(timer);
        },
        random: Math.random,
      })
    : createBridgeConnection(window.portcullis, now, {
        check(subject) {
          panel.explain.show(subject);
          showView('overview');
        },
        request: (subject, from) => panel.draft.open({ subject, host: null, from }),
      });

const panel = createPanel(connection, {
  now,
  openExternal: (url) => window.open(url, '_blank', 'noopener,noreferrer'),
});

// A laptop that wakes up, or a tab that is looked at again, should not wait for the next attempt.
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'visible') connection.retryNow();
});

// A fresh address pasted into this tab changes the fragment only, which loads nothing by itself.
window.addEventListener('hashchange', () => {
  if (location.hash.startsWith('#code=')) location.reload();
});

dismissByEscape(document);

// The check from anywhere, by the keys that other tools use for their search.
document.addEventListener('keydown', (event) => {
  const slash = event.key === '/' && !event.ctrlKey && !event.metaKey && !event.altKey;
  const chord = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  const typing =
    event.target instanceof Element && event.target.closest('input[type=search], input:not([type]), textarea');
  if ((!chord && (!slash || typing)) || document.querySelector('dialog[open]')) return;
  event.preventDefault();
  panel.explain.summon();
  showView('overview');
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <PanelContext value={panel}>
      <ClockContext value={panel.now}>
        <App />
      </ClockContext>
    </PanelContext>
  </StrictMode>,
);
