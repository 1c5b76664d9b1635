import { render } from 'preact';
import { App } from './app/App.jsx';
import { setBase } from './lib/api.js';
import { startClock } from './lib/clock.js';
import { loadConfig, lockConnections } from './lib/config.js';
import { startKeys } from './lib/keys.js';
import { refresh, startPolling } from './lib/poll.js';
import { takeKey } from './lib/session.js';
import { comeBack } from './signin/comeBack.js';
import { watchStats } from './state/stats.js';
import { learnWho } from './state/who.js';

// Not a top-level await: the lazy chunks import from this one, and would wait for it while it waits for them.
async function boot() {
  const { api } = await loadConfig().catch(() => ({ api: '' }));
  setBase(api);
  takeKey();
  await comeBack(); // asks the issuer, whom the lock shuts out
  lockConnections(api);
  watchStats();
  render(<App />, document.getElementById('app'));
  startClock();
  startKeys();
  addEventListener('hashchange', () => takeKey() && refresh().then(learnWho));
  startPolling().then(learnWho);
}

boot();
