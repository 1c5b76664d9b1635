// The current time by the server's clock, updated every second for all relative times.
import { signal } from '@preact/signals';

const skew = signal(0);
export const now = signal(Date.now());

/** `timestamp`: a Date header. With a wrong local clock, jobs that have already run would show as due "in 9 min". */
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
