// Sends a plan chunk by chunk. Each step is on the disk before the next begins, so that any of them may be the last.
import { createJobs } from '../lib/api.js';
import { serverNow } from '../lib/clock.js';
import { kick } from '../lib/poll.js';
import { bodyOf, keyOf, withoutRefused } from './plan.js';
import { keep } from './shelf.js';

const CHUNK_TIMEOUT_MS = 60_000;

async function sendChunk(plan, place) {
  const chunk = plan.chunks[place];
  if (chunk.items.length === 0) return { chunk: { ...chunk, sent: true }, faults: [] };
  try {
    await createJobs(bodyOf(chunk), keyOf(plan, place, chunk), CHUNK_TIMEOUT_MS);
    return { chunk: { ...chunk, items: [], sent: true }, faults: [] }; // what is created need not be kept
  } catch (fault) {
    const named = fault.status === 422 ? fault.errors.filter((error) => error.index !== undefined) : [];
    if (named.length === 0) throw fault;
    return withoutRefused(chunk, named);
  }
}

/** `changed(plan)` after each step; `stopped()` ends it between two. Throws the Fault that makes going on pointless for now. */
export async function send(plan, changed, stopped) {
  let current = plan;
  for (let place = 0; place < current.chunks.length && !stopped(); ) {
    if (current.chunks[place].sent) {
      place++;
      continue;
    }
    const { chunk, faults } = await sendChunk(current, place);
    current = { ...current, chunks: current.chunks.with(place, chunk), faults: [...current.faults, ...faults] };
    await keep(current);
    changed(current);
    kick();
  }
  if (stopped()) return;
  current = { ...current, finishedAt: serverNow(), faults: current.faults.toSorted((a, b) => a.line - b.line) };
  await keep(current);
  changed(current);
}
