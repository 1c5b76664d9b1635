import { render } from 'preact';
import { App } from './app/App.jsx';
import { setBase } from './lib/api.js';
import { startClock } from './lib/clock.js';
import { loadConfig, restrictConnections } from './lib/config.js';
import { startKeys } from './lib/keys.js';
import { refresh, startPolling } from './lib/poll.js';
import { takeKeyFromUrl } from './lib/session.js';
import { handleOidcReturn } from './signin/oidcReturn.js';
import { loadCurrentUser } from './state/currentUser.js';
import { watchStats } from './state/stats.js';

// Not a top-level await: lazy chunks import from this one, so it must not wait for them while it is evaluated.
async function boot() {
  const { api } = await loadConfig().catch(() => ({ api: '' }));
  setBase(api);
  takeKeyFromUrl();
  await handleOidcReturn(); // before connections are restricted: it calls the issuer
  restrictConnections(api);
  watchStats();
  render(<App />, document.getElementById('app'));
  startClock();
  startKeys();
  addEventListener('hashchange', () => takeKeyFromUrl() && refresh().then(loadCurrentUser));
  startPolling().then(loadCurrentUser);
}

boot();
