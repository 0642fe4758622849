import '../ui/jitless.ts';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { dismissByEscape } from '../ui/dismiss.ts';
import { App } from './app.tsx';
import { createDashboard } from './dashboard.ts';
import { DashboardContext } from './hooks.ts';
import '../ui/styles/tokens.css';
import '../ui/styles/base.css';
import '../ui/styles/components.css';
import '../ui/styles/page.css';
import './styles/shell.css';
import './styles/registry-access.css';
import './styles/activity.css';
import './styles/requests.css';
import './styles/roll-out.css';
import './styles/machines.css';
import './styles/people.css';
import { createAppearance } from './stores/appearance.ts';
import { createSignIn } from './transport/sign-in.ts';

const appearance = createAppearance(localStorage);
document.documentElement.dataset.theme = appearance.getState().theme;

const dashboard = createDashboard({
  appearance,
  signIn: createSignIn({ location, history, storage: sessionStorage }),
  fetch: (path, init) => fetch(path, init),
  drafts: sessionStorage,
  after(delay, run) {
    const timer = setTimeout(run, delay);
    return () => clearTimeout(timer);
  },
});

dismissByEscape(document);

// The browser asks; what it says is its own.
window.addEventListener('beforeunload', (event) => {
  if (dashboard.mayLeave()) return;
  event.preventDefault();
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <DashboardContext value={dashboard}>
      <App />
    </DashboardContext>
  </StrictMode>,
);
void dashboard.start();
