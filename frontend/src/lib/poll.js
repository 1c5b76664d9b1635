// One chain of polls for the whole page: the next is scheduled when the last has ended, so they never overlap.
import { effect, signal } from '@preact/signals';
import { serverNow } from './clock.js';
import { live } from './prefs.js';

const EVERY_MS = 1400; // plus a round trip: changes of anyone are on the screen within two seconds
const LONGEST_MS = 60_000;

/** state: starting | live | paused | hidden | down. `okAt`: when the last good answers came. */
export const link = signal({ state: 'starting', okAt: null, retryAt: null, fault: null });

const watched = new Map();
let timer = null;
let running = null;
let again = false;
let failures = 0;
let started = false;

/**
 * `load(signal)` fetches and stores one resource; it returns without effect on a 304 and throws on a fault. What is watched
 * after the start is asked for at once, even when paused: it belongs to a part of the page that has just appeared.
 */
export function watch(name, load) {
  watched.set(name, load);
  if (started) kick();
  return () => watched.get(name) === load && watched.delete(name);
}

function delayAfter(fault) {
  if (!fault) return EVERY_MS * (0.95 + Math.random() * 0.1);
  const backoff = Math.min(LONGEST_MS, EVERY_MS * 2 ** failures) * (0.9 + Math.random() * 0.2);
  return Math.max(backoff, (fault.retryAfter ?? 0) * 1000);
}

function schedule(fault) {
  clearTimeout(timer);
  if (fault?.status === 401) return rest('paused', fault); // signing in asks again; guessing on would only annoy a gate
  if (document.hidden) return rest('hidden', fault);
  if (!live.value && !fault) return rest('paused', fault);
  const delay = delayAfter(fault);
  timer = setTimeout(kick, delay);
  link.value = fault
    ? { ...link.peek(), state: 'down', fault, retryAt: serverNow() + delay }
    : { state: 'live', okAt: serverNow(), retryAt: null, fault: null };
}

function rest(state, fault) {
  link.value = { ...link.peek(), state, fault: fault ?? null, ...(fault ? {} : { okAt: serverNow() }) };
}

/** What only this resource's page must know (404, 422) is its own to show; the rest holds up the chain. */
const stopping = (results) =>
  results.map((result) => result.reason).find((reason) => reason?.passing || reason?.status === 401);

async function round() {
  const abort = new AbortController();
  running = abort;
  const results = await Promise.allSettled([...watched.values()].map((load) => load(abort.signal)));
  running = null;
  const fault = abort.signal.aborted ? null : stopping(results);
  failures = fault ? failures + 1 : 0;
  return fault;
}

/** Poll now. While a poll runs, the wish is kept; with `afresh` the running one is given up first. */
export async function kick({ afresh = false } = {}) {
  clearTimeout(timer);
  if (running) {
    again = true;
    if (afresh) running.abort();
    return;
  }
  let fault;
  do {
    again = false;
    fault = await round();
  } while (again);
  schedule(fault);
}

/** After a change of view: what was asked for the old one is of no use any more. */
export const refresh = () => kick({ afresh: true });

export function startPolling() {
  started = true;
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) return live.value && kick();
    clearTimeout(timer);
    link.value = { ...link.peek(), state: 'hidden' };
  });
  let first = true;
  effect(() => {
    const on = live.value;
    if (first) first = false;
    else if (on) kick();
    else {
      clearTimeout(timer);
      link.value = { ...link.peek(), state: 'paused' };
    }
  });
  return kick();
}
