import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mergeRows } from '../src/state/merge.js';

const page = (...ids) => ids.map((id) => ({ id, version: 1 }));

test('not held, the page is taken as it came', () => {
  assert.deepEqual(mergeRows(page('a', 'b'), page('c', 'a'), false), { rows: page('c', 'a'), added: 0 });
});

test('held, rows keep their places, take new contents, and new ones are only counted', () => {
  const { rows, added } = mergeRows(
    page('a', 'b'),
    [
      { id: 'new', version: 1 },
      { id: 'b', version: 2 },
      { id: 'a', version: 2 },
    ],
    true,
  );
  assert.deepEqual(rows, [
    { id: 'a', version: 2 },
    { id: 'b', version: 2 },
  ]);
  assert.equal(added, 1);
});

test('a row that left the middle of the page is marked, one that was pushed off its end is not', () => {
  const { rows } = mergeRows(page('a', 'b', 'c', 'd'), page('new', 'a', 'c'), true);
  assert.deepEqual(
    rows.map((row) => row.unmatched ?? false),
    [false, true, false, false],
  );
});
