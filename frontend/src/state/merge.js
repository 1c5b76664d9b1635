// How a fresh page of rows meets the rows on the screen.

/**
 * Not held: the page as it came. Held: every row keeps its place and takes its newest contents; rows that are new are only
 * counted; rows that the page no longer has, though its range covers them, are marked `left` (they no longer match).
 */
export function mergeRows(shown, items, held) {
  if (!held || shown.length === 0) return { rows: items, fresh: 0 };
  const latest = new Map(items.map((job) => [job.id, job]));
  const known = new Set(shown.map((job) => job.id));
  const fresh = items.filter((job) => !known.has(job.id)).length;
  const lastCovered = shown.findLastIndex((job) => latest.has(job.id));
  const rows = shown.map((job, place) => latest.get(job.id) ?? (place < lastCovered ? { ...job, left: true } : job));
  return { rows, fresh };
}
