// What the Node peers share: program.py's commands, payload and answers. A worker runs in this very process.
//
// A peer exports: setup(), one(payloads), bulk(payloads, delay), later(payloads, dues), work() -> stop function,
// left() -> how many jobs are not finished by the store, and close().

export const DATABASE_URL = process.env.DATABASE_URL;
export const REDIS_URL = process.env.REDIS_URL;
export const HANDLER_MS = Number(process.env.BENCH_HANDLER_SECONDS ?? 0) * 1000;
export const CONCURRENCY = Number(process.env.BENCH_CONCURRENCY ?? 0);
const [command, ...rest] = process.argv.slice(2);
export const DELAYED = ["delayed", "at_once"].includes(command); // settings may then differ: quick polls, not batches
const WAITING = 1_000_000_000;
const POLL_MS = 2;

let starts = new Float64Array(0);
let counts = new Uint8Array(0);
let done = 0;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Called by the handler first: this job has started. Seconds since 1970, as Python's time(). */
export function ran(payload) {
  starts[payload.n] = (performance.timeOrigin + performance.now()) / 1000;
  if (counts[payload.n]++ === 0) done++;
}

export function chunks(items, size) {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

export async function main(peer) {
  const answer = await COMMANDS[command](peer, ...rest.map(Number));
  await peer.close();
  await new Promise((resolve) => process.stdout.write(JSON.stringify(answer) + "\n", resolve));
  process.exit(0);
}

function payloads(count, first = 0) {
  return Array.from({ length: count }, (_, i) => ({ n: first + i, to: "user@example.com", subject: "hello" }));
}

function openBook(size) {
  starts = new Float64Array(size);
  counts = new Uint8Array(size);
  done = 0;
}

async function timed(run) {
  const start = performance.now();
  await run();
  return (performance.now() - start) / 1000;
}

const now = () => (performance.timeOrigin + performance.now()) / 1000;

async function awaitFirst(peer) {
  await peer.bulk(payloads(1), 0);
  while (!done) await pause(POLL_MS);
}

async function finished(peer, size, waiting = 0) {
  while (done < size) await pause(POLL_MS);
  for (;;) {
    const at = now();
    if ((await peer.left()) <= waiting) return at;
    await pause(POLL_MS);
  }
}

const COMMANDS = {
  async setup(peer) {
    await peer.setup();
    return {};
  },
  async one(peer, count) {
    const jobs = payloads(count);
    return { seconds: await timed(() => peer.one(jobs)), left: await peer.left() };
  },
  async bulk(peer, count, delay = 0) {
    const jobs = payloads(count, delay ? WAITING : 0);
    return { seconds: await timed(() => peer.bulk(jobs, delay)), left: await peer.left() };
  },
  async drain(peer, count, waiting = 0) {
    openBook(count);
    const stop = await peer.work();
    const finish = await finished(peer, count, waiting);
    const end = Math.max(finish, starts.reduce((a, b) => Math.max(a, b)) + HANDLER_MS / 1000);
    const answer = {
      seconds: end - starts.reduce((a, b) => Math.min(a, b)),
      repeated: counts.filter((n) => n > 1).length,
      peak_mib: process.resourceUsage().maxRSS / 1024,
    };
    await stop();
    return answer;
  },
  async delayed(peer, count, seconds) {
    openBook(count + 1);
    const jobs = payloads(count + 1);
    const stop = await peer.work();
    await awaitFirst(peer);
    const begin = now() + 3;
    const dues = jobs.slice(1).map(() => begin + Math.random() * seconds).sort((a, b) => a - b);
    await peer.later(jobs.slice(1), dues);
    const late = now() - begin;
    await finished(peer, count + 1);
    await stop();
    return {
      delays_ms: dues.map((due, i) => (starts[i + 1] - due) * 1000),
      created_late_seconds: Math.max(0, late),
    };
  },
  async at_once(peer, count) {
    openBook(count + 1);
    const stop = await peer.work();
    await awaitFirst(peer);
    const created = [];
    for (const payload of payloads(count + 1).slice(1)) {
      await peer.one([payload]);
      created.push(now());
      await pause(30 + Math.random() * 40);
    }
    await finished(peer, count + 1);
    await stop();
    return { delays_ms: created.map((at, i) => Math.max(0, starts[i + 1] - at) * 1000) };
  },
};
