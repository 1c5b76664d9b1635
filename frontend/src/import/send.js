// Sends a plan chunk by chunk and stores each step before the next, so that it can be interrupted at any time.
import { createJobs } from '../lib/api.js';
import { serverNow } from '../lib/clock.js';
import { pollNow } from '../lib/poll.js';
import { bodyOf, keyOf, withoutRefused } from './plan.js';
import { savePlan } from './storage.js';

const CHUNK_TIMEOUT_MS = 60_000;

async function sendChunk(plan, place) {
  const chunk = plan.chunks[place];
  if (chunk.items.length === 0) return { chunk: { ...chunk, sent: true }, faults: [] };
  try {
    await createJobs(bodyOf(chunk), keyOf(plan, place, chunk), CHUNK_TIMEOUT_MS);
    return { chunk: { ...chunk, items: [], sent: true }, faults: [] }; // created items are no longer needed
  } catch (fault) {
    const named = fault.status === 422 ? fault.errors.filter((error) => error.index !== undefined) : [];
    if (named.length === 0) throw fault;
    return withoutRefused(chunk, named);
  }
}

/** Calls `changed(plan)` after each step and ends when `stopped()` is true. Throws the Fault of a failed request. */
export async function send(plan, changed, stopped) {
  let current = plan;
  for (let place = 0; place < current.chunks.length && !stopped(); ) {
    if (current.chunks[place].sent) {
      place++;
      continue;
    }
    const { chunk, faults } = await sendChunk(current, place);
    current = { ...current, chunks: current.chunks.with(place, chunk), faults: [...current.faults, ...faults] };
    await savePlan(current);
    changed(current);
    pollNow();
  }
  if (stopped()) return;
  current = { ...current, finishedAt: serverNow(), faults: current.faults.toSorted((a, b) => a.line - b.line) };
  await savePlan(current);
  changed(current);
}
