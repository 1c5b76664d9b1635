import { render } from 'preact';
import { App } from './components/App.jsx';
import { setBase } from './lib/api.js';
import { startClock } from './lib/clock.js';
import { loadConfig, lockConnections } from './lib/config.js';
import { startKeys } from './lib/keys.js';
import { startPolling } from './lib/poll.js';
import { watchStats } from './state/stats.js';

// Not a top-level await: the lazy chunks import from this one, and would wait for it while it waits for them.
async function boot() {
  const { api } = await loadConfig().catch(() => ({ api: '' }));
  lockConnections(api);
  setBase(api);
  watchStats();
  render(<App />, document.getElementById('app'));
  startClock();
  startKeys();
  startPolling();
}

boot();
