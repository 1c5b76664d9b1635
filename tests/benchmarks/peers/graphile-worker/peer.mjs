// Graphile Worker: Postgres, Node. Deletes a finished job: it keeps no history.
import { Logger, makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";

import { chunks, CONCURRENCY, DATABASE_URL, DELAYED, HANDLER_MS, main, pause, ran } from "../program.mjs";

const WORKER = {
  concurrentJobs: CONCURRENCY || 200,
  maxPoolSize: 10,
  pollInterval: DELAYED ? 100 : 2000,
  localQueue: DELAYED || CONCURRENCY ? undefined : { size: 2000 },
  completeJobBatchDelay: DELAYED ? -1 : 0,
  failJobBatchDelay: DELAYED ? -1 : 0,
};
const BULK = 2000;

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 4 });
const logger = new Logger(() => () => {});
const utils = await makeWorkerUtils({ pgPool: pool, logger });

const bench = async (payload) => {
  ran(payload);
  if (HANDLER_MS) await pause(HANDLER_MS);
};

await main({
  setup: () => utils.migrate(),
  async one(payloads) {
    for (const payload of payloads) await utils.addJob("bench", payload);
  },
  async bulk(payloads, delay) {
    const runAt = delay ? new Date(Date.now() + delay * 1000) : undefined;
    for (const chunk of chunks(payloads, BULK)) {
      await utils.addJobs(chunk.map((payload) => ({ identifier: "bench", payload, runAt })));
    }
  },
  async later(payloads, dues) {
    const jobs = payloads.map((payload, i) => ({ identifier: "bench", payload, runAt: new Date(dues[i] * 1000) }));
    await utils.addJobs(jobs);
  },
  async work() {
    const preset = { worker: { ...WORKER, connectionString: DATABASE_URL, logger } };
    const runner = await run({ preset, taskList: { bench }, noHandleSignals: true });
    return () => runner.stop();
  },
  async left() {
    const { rows } = await pool.query("select count(*)::int as n from graphile_worker._private_jobs");
    return rows[0].n;
  },
  async close() {
    await utils.release();
  },
});
