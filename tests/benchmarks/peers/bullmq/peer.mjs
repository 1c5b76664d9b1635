// BullMQ: Redis, Node. Keeps finished jobs here, as a product with a history would; its promises are Redis's.
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

import { chunks, CONCURRENCY, HANDLER_MS, main, pause, ran, REDIS_URL } from "../program.mjs";

const WORKER = { concurrency: CONCURRENCY || 200 };
const KEEP = { removeOnComplete: false };
const BULK = 2000;

const connect = () => new Redis(REDIS_URL, { maxRetriesPerRequest: null });
const queue = new Queue("bench", { connection: connect(), defaultJobOptions: KEEP });

await main({
  setup: () => queue.obliterate({ force: true }),
  async one(payloads) {
    for (const payload of payloads) await queue.add("bench", payload);
  },
  async bulk(payloads, delay) {
    const opts = delay ? { delay: delay * 1000 } : {};
    for (const chunk of chunks(payloads, BULK)) {
      await queue.addBulk(chunk.map((data) => ({ name: "bench", data, opts })));
    }
  },
  async later(payloads, dues) {
    await queue.addBulk(
      payloads.map((data, i) => ({ name: "bench", data, opts: { delay: Math.round(dues[i] * 1000 - Date.now()) } })),
    );
  },
  async work() {
    const handle = async (job) => {
      ran(job.data);
      if (HANDLER_MS) await pause(HANDLER_MS);
    };
    const worker = new Worker("bench", handle, { connection: connect(), ...WORKER });
    return () => worker.close(true);
  },
  async left() {
    const counts = await queue.getJobCounts("waiting", "active", "delayed", "prioritized");
    return Object.values(counts).reduce((a, b) => a + b);
  },
  async close() {},
});
