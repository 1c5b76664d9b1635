// pg-boss: Postgres, Node. Keeps finished jobs for seven days; completes a fetched batch as one, by one statement.
import { PgBoss } from "pg-boss";
import pg from "pg";

import { chunks, CONCURRENCY, DATABASE_URL, HANDLER_MS, main, pause, ran } from "../program.mjs";

const FETCH = {
  batchSize: CONCURRENCY ? CONCURRENCY / 2 : 1000, // the jobs of a batch run beside each other
  localConcurrency: 2,
  pollingIntervalSeconds: 0.5, // its least
  burstWhenBatchFull: true,
};
const BULK = 5000;

const boss = new PgBoss({ connectionString: DATABASE_URL, max: 10, supervise: false, schedule: false });
const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 1 });
boss.on("error", (error) => console.error(error));
await boss.start();

await main({
  setup: () => boss.createQueue("bench"),
  async one(payloads) {
    for (const payload of payloads) await boss.send("bench", payload);
  },
  async bulk(payloads, delay) {
    const startAfter = delay || undefined;
    for (const chunk of chunks(payloads, BULK)) {
      await boss.insert("bench", chunk.map((data) => ({ data, startAfter })));
    }
  },
  async later(payloads, dues) {
    await boss.insert("bench", payloads.map((data, i) => ({ data, startAfter: new Date(dues[i] * 1000) })));
  },
  async work() {
    await boss.work("bench", FETCH, async (jobs) => {
      for (const job of jobs) ran(job.data);
      if (HANDLER_MS) await pause(HANDLER_MS);
    });
    return async () => {};
  },
  async left() {
    const { rows } = await pool.query(
      "select count(*)::int as n from pgboss.job where name = 'bench' and state < 'completed'",
    );
    return rows[0].n;
  },
  async close() {},
});
