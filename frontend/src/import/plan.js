// Rows → chunks, sent one after another. Each has its own idempotency key, so that no job is created twice.
import { stringify } from '../lib/json.js';

const CHUNK_JOBS = 1000; // a tenth of the API's limit: progress is visible, a lost response costs little
const CHUNK_LETTERS = 1_000_000; // at most 4 MB, half of the API's body limit

/** rows: [{line, job}] → [{lines, items}], `items` being JSON texts that no longer change. */
export function chunksOf(rows) {
  const chunks = [];
  let letters = Infinity;
  for (const { line, job } of rows) {
    const text = stringify(job);
    if (letters + text.length > CHUNK_LETTERS || chunks.at(-1).items.length === CHUNK_JOBS) {
      chunks.push({ lines: [], items: [], sent: false, round: 0 });
      letters = 0;
    }
    letters += text.length;
    chunks.at(-1).items.push(text);
    chunks.at(-1).lines.push(line);
  }
  return chunks;
}

/** The same file, run, chunk and round give the same key, so a repeated call returns the jobs of the first. */
export const keyOf = ({ hash, run }, place, { round }) => `import-${hash}-${run}-${place}-${round}`;
export const bodyOf = ({ items }) => `[${items.join(',')}]`;

/**
 * Removes the rows that the API rejected; the others become a new body with a new key.
 * → {chunk, faults: [{line, message}]}
 */
export function withoutRefused(chunk, errors) {
  const refused = new Map();
  for (const { index, field, message } of errors)
    refused.set(index, [...(refused.get(index) ?? []), `${field.replace(`${index}.`, '')} ${message}`]);
  const stays = (_, place) => !refused.has(place);
  return {
    chunk: { ...chunk, lines: chunk.lines.filter(stays), items: chunk.items.filter(stays), round: chunk.round + 1 },
    faults: [...refused].map(([place, messages]) => ({ line: chunk.lines[place], message: messages.join('; ') })),
  };
}

const count = (chunks) => chunks.reduce((sum, chunk) => sum + chunk.lines.length, 0);
export const progressOf = ({ chunks }) => ({ total: count(chunks), done: count(chunks.filter((chunk) => chunk.sent)) });
