// GET /jobs/stats for the range in the URL.
import { computed, effect } from '@preact/signals';
import { refresh, watch } from '../lib/poll.js';
import { resource } from '../lib/resource.js';
import { route } from '../lib/urlstate.js';

export const RANGES = ['1h', '24h', '7d', '30d'];
const stats = resource();

export const range = computed(() => (RANGES.includes(route.value.range) ? route.value.range : '1h'));
export const statsState = stats.state;
export const counts = computed(() => stats.state.value.data?.counts ?? null);
export const typeNames = computed(() => stats.state.value.data?.types.map((row) => row.type) ?? []);
export const tick = computed(() => stats.state.value.data?.tick ?? null);
export const degraded = computed(() => stats.state.value.data?.degraded ?? []);

export function watchStats() {
  watch('stats', (abort) => stats.load(`/jobs/stats?range=${range.peek()}`, abort));
  let first = true;
  effect(() => {
    range.value;
    if (first) first = false;
    else refresh();
  });
}
