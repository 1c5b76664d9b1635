// Jobs → lanes by type; each job is in the first row of its lane where it overlaps no other.

export const CHIP = 46; // width of a job in pixels: room for its time of day
export const ROW = 28;
const MAX_ROWS = 6;

/** `x(job)`: its position in pixels. → [{type, count, rows, chips: [{job, x, row}], hidden}] by type name. */
export function lanesOf(jobs, x) {
  const byType = group(jobs);
  return [...byType].sort(([a], [b]) => (a < b ? -1 : 1)).map(([type, own]) => laneOf(type, own, x));
}

function group(jobs) {
  const groups = new Map();
  for (const job of jobs) groups.set(job.type, [...(groups.get(job.type) ?? []), job]);
  return groups;
}

function laneOf(type, jobs, x) {
  const ends = []; // the position from which each row is free
  const chips = [];
  for (const { job, at } of jobs.map((job) => ({ job, at: x(job) })).sort((a, b) => a.at - b.at)) {
    let row = ends.findIndex((end) => end <= at);
    if (row === -1) row = ends.length;
    if (row >= MAX_ROWS) continue;
    ends[row] = at + CHIP + 2;
    chips.push({ job, x: at, row });
  }
  return { type, count: jobs.length, rows: Math.max(1, ends.length), chips, hidden: jobs.length - chips.length };
}
