// Polls for the whole page. The next poll is scheduled when the last has finished, so polls never overlap.
import { effect, signal } from '@preact/signals';
import { serverNow } from './clock.js';
import { live } from './prefs.js';

const INTERVAL_MS = 1400; // plus a round trip: changes show within two seconds
const MAX_BACKOFF_MS = 60_000;

/** state: starting | live | paused | hidden | down. `okAt`: the time of the last successful poll. */
export const connection = signal({ state: 'starting', okAt: null, retryAt: null, fault: null });

const watched = new Map();
let timer = null;
let running = null;
let pollAgain = false;
let failures = 0;
let started = false;

/**
 * `load(signal)` fetches and stores one resource; it does nothing on a 304 and throws on a fault. A resource added
 * after the start is loaded at once, even when paused: its part of the page has just appeared.
 */
export function watch(name, load) {
  watched.set(name, load);
  if (started) pollNow();
  return () => watched.get(name) === load && watched.delete(name);
}

function delayAfter(fault) {
  if (!fault) return INTERVAL_MS * (0.95 + Math.random() * 0.1);
  const backoff = Math.min(MAX_BACKOFF_MS, INTERVAL_MS * 2 ** failures) * (0.9 + Math.random() * 0.2);
  return Math.max(backoff, (fault.retryAfter ?? 0) * 1000);
}

function schedule(fault) {
  clearTimeout(timer);
  if (fault?.status === 401) return enterState('paused', fault); // signing in polls again
  if (document.hidden) return enterState('hidden', fault);
  if (!live.value && !fault) return enterState('paused', fault);
  const delay = delayAfter(fault);
  timer = setTimeout(pollNow, delay);
  connection.value = fault
    ? { ...connection.peek(), state: 'down', fault, retryAt: serverNow() + delay }
    : { state: 'live', okAt: serverNow(), retryAt: null, fault: null };
}

function enterState(state, fault) {
  connection.value = { ...connection.peek(), state, fault: fault ?? null, ...(fault ? {} : { okAt: serverNow() }) };
}

/** The first fault that delays polling. Each page shows other faults (404, 422) itself. */
const blockingFault = (results) =>
  results.map((result) => result.reason).find((reason) => reason?.isTransient || reason?.status === 401);

async function pollOnce() {
  const abort = new AbortController();
  running = abort;
  const results = await Promise.allSettled([...watched.values()].map((load) => load(abort.signal)));
  running = null;
  const fault = abort.signal.aborted ? null : blockingFault(results);
  failures = fault ? failures + 1 : 0;
  return fault;
}

/** Polls now, or again after the running poll; with `restart` the running poll is aborted first. */
export async function pollNow({ restart = false } = {}) {
  clearTimeout(timer);
  if (running) {
    pollAgain = true;
    if (restart) running.abort();
    return;
  }
  let fault;
  do {
    pollAgain = false;
    fault = await pollOnce();
  } while (pollAgain);
  schedule(fault);
}

/** For a change of view: the running poll asks for data of the old one. */
export const refresh = () => pollNow({ restart: true });

export function startPolling() {
  started = true;
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) return live.value && pollNow();
    clearTimeout(timer);
    connection.value = { ...connection.peek(), state: 'hidden' };
  });
  let first = true;
  effect(() => {
    const on = live.value;
    if (first) first = false;
    else if (on) pollNow();
    else {
      clearTimeout(timer);
      connection.value = { ...connection.peek(), state: 'paused' };
    }
  });
  return pollNow();
}
