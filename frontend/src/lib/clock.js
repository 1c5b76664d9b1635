// One ticking "now" for every relative time on the page, corrected to the server's clock.
import { signal } from '@preact/signals';

const skew = signal(0);
export const now = signal(Date.now());

/** From an answer's Date header. A laptop ten minutes off would show jobs due "in 9 min" that have already run. */
export function learnServerTime(timestamp) {
  const difference = Date.parse(timestamp) - Date.now();
  skew.value = Math.abs(difference) > 10_000 ? difference : 0;
}

export const serverNow = () => Date.now() + skew.peek();

export function startClock() {
  setInterval(() => {
    if (!document.hidden) now.value = serverNow();
  }, 1000);
}
