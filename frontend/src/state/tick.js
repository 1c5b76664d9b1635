// Runs one tick manually.
import { call } from '../lib/api.js';
import { t } from '../lib/strings.js';
import { perform } from './actions.js';
import { toast } from './toasts.js';

const TICK_TIMEOUT_MS = 120_000;

export async function runTick() {
  const answer = await perform(() => call('/tick', { method: 'POST', timeout: TICK_TIMEOUT_MS }));
  if (answer) toast(t('tick.ran', { n: answer.data.taken }));
}
