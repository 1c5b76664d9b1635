// Merges a new page of rows into the visible rows.

/**
 * Not frozen: the new page. Frozen: every row keeps its place and gets its latest contents; new rows are only counted;
 * rows within the range of the page that are missing from it are marked `unmatched`.
 */
export function mergeRows(shown, items, frozen) {
  if (!frozen || shown.length === 0) return { rows: items, added: 0 };
  const latest = new Map(items.map((job) => [job.id, job]));
  const known = new Set(shown.map((job) => job.id));
  const added = items.filter((job) => !known.has(job.id)).length;
  const lastCovered = shown.findLastIndex((job) => latest.has(job.id));
  const rows = shown.map(
    (job, index) => latest.get(job.id) ?? (index < lastCovered ? { ...job, unmatched: true } : job),
  );
  return { rows, added };
}
