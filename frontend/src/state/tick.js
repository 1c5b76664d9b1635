// One tick by hand, for whoever sees that none has come.
import { call } from '../lib/api.js';
import { t } from '../lib/strings.js';
import { attempt } from './actions.js';
import { toast } from './toasts.js';

const LONGEST_TICK_MS = 120_000;

export async function runTick() {
  const answer = await attempt(() => call('/tick', { method: 'POST', timeout: LONGEST_TICK_MS }));
  if (answer) toast(t('tick.ran', { n: answer.data.taken }));
}
