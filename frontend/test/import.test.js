import assert from 'node:assert/strict';
import { test } from 'node:test';
import { elementsOf } from '../src/import/elements.js';
import { fingerprint } from '../src/import/fingerprint.js';
import { formatOf, readRows } from '../src/import/parse.js';
import { bodyOf, chunksOf, keyOf, progressOf, withoutRefused } from '../src/import/plan.js';
import { stringify } from '../src/lib/json.js';

const schema = {
  type: 'object',
  properties: {
    to: { type: 'array', items: { type: 'string' } },
    n: { type: 'integer' },
    on: { type: 'boolean' },
    body: {},
    deep: { type: 'object', properties: { x: { type: 'number' } } },
  },
};
const options = { types: [{ type: 'mail', schema }], defaultType: 'mail', zone: 'Europe/Berlin' };
const read = (name, text) => readRows(name, text, options);

test('elements of an array know their line, whatever their strings hold', () => {
  const text = '\n[ {"a":"],{\\"[\\\\"},\n\n  [1,\n2], 3\n,"x"]\n';
  assert.deepEqual(elementsOf(text), [
    { text: '{"a":"],{\\"[\\\\"}', line: 2 },
    { text: '[1,\n2]', line: 4 },
    { text: '3', line: 5 },
    { text: '"x"', line: 6 },
  ]);
  assert.equal(elementsOf('{"a":1}'), null);
});

test('the format is told by the name, or by how the text begins', () => {
  assert.equal(formatOf('a.csv', '['), 'csv');
  assert.equal(formatOf('a.jsonl', 'x'), 'ndjson');
  assert.equal(formatOf('a.txt', '[1]'), 'json');
  assert.equal(formatOf('a', '{"a":1}\n{"a":2}'), 'ndjson');
  assert.equal(formatOf('a', '{"a":\n1}'), 'json');
  assert.equal(formatOf('a', 'a,b'), 'csv');
});

test('JSON: one job, a list, or what a list call answers; numbers as they are', async () => {
  assert.equal(
    stringify((await read('a.json', '{"payload":{"n":9007199254740993}}'))[0].job),
    '{"payload":{"n":9007199254740993}}',
  );
  assert.deepEqual(
    (await read('a.json', '{"items":[{"type":"a"},{"type":"b"}]}')).map((row) => row.job.type),
    ['a', 'b'],
  );
  const [good, bad, number] = await read('a.json', '[{"type":"a"},\n{"type":},\n7]');
  assert.deepEqual(good, { line: 1, job: { type: 'a' } });
  assert.equal(bad.line, 2);
  assert.ok(bad.unreadable && number.unreadable);
});

test('a list that is not closed is not taken for a shorter one', async () => {
  const rows = await read('a.json', '[{"type":"a"},\n{"type":"b"}');
  assert.equal(rows.length, 1);
  assert.ok(rows[0].unreadable);
});

test('NDJSON: a byte order mark, blank lines and Windows line ends do no harm', async () => {
  const rows = await read('a.ndjson', '\uFEFF{"type":"a"}\r\n\r\n{"type":"b"}\r\n');
  assert.deepEqual(rows, [
    { line: 1, job: { type: 'a' } },
    { line: 3, job: { type: 'b' } },
  ]);
});

test('CSV: cells become what the schema wants, lines are those of the file', async () => {
  const text =
    'type,to,n,on,payload.deep.x,body,priority,scheduled_at\n' +
    'mail,a@x.org;b@x.org,9007199254740993,yes,1.5,"{""k"":[1]}",7,2030-07-01 09:00\n\n' +
    ',"one\ntwo",x,,,,,\nmail,c@x.org,,,,,,2030-01-01T00:00:00Z\n';
  const [first, second, third] = await read('a.csv', text);
  assert.deepEqual(first.job, {
    type: 'mail',
    payload: { to: ['a@x.org', 'b@x.org'], n: first.job.payload.n, on: true, deep: { x: 1.5 }, body: { k: [1] } },
    priority: 7,
    scheduled_at: '2030-07-01T07:00:00.000Z',
  });
  assert.equal(stringify(first.job.payload.n), '9007199254740993');
  assert.deepEqual([first.line, second.line, third.line], [2, 4, 6]);
  assert.equal(second.job.payload.n, 'x');
  assert.deepEqual(third.job, { type: 'mail', payload: { to: ['c@x.org'] }, scheduled_at: '2030-01-01T00:00:00Z' });
});

test('CSV: semicolons and tabs separate too, a quoted one does not', async () => {
  for (const mark of [';', '\t']) {
    const [row] = await read('a.csv', `type${mark}to${mark}on\r\nmail${mark}"a@x.org${mark}b, ""c"""${mark}yes\r\n`);
    assert.deepEqual(row.job.payload, {
      to: mark === ';' ? ['a@x.org', 'b, "c"'] : [`a@x.org${mark}b, "c"`],
      on: true,
    });
  }
});

test('chunks hold a thousand, their keys differ by file, run, place and round', () => {
  const rows = Array.from({ length: 2500 }, (_, line) => ({ line, job: { type: 'a' } }));
  const chunks = chunksOf(rows);
  assert.deepEqual(
    chunks.map((chunk) => chunk.lines.length),
    [1000, 1000, 500],
  );
  const keys = [
    ['h', 1, 0, 0],
    ['h', 1, 1, 0],
    ['h', 2, 0, 0],
    ['h', 1, 0, 1],
    ['i', 1, 0, 0],
  ].map(([hash, run, place, round]) => keyOf({ hash, run }, place, { round }));
  assert.equal(new Set(keys).size, 5);
  assert.equal(bodyOf({ items: ['{"a":1}', '{"b":2}'] }), '[{"a":1},{"b":2}]');
});

test('large payloads make smaller chunks', () => {
  const rows = Array.from({ length: 10 }, (_, line) => ({ line, job: { payload: { text: 'x'.repeat(250_000) } } }));
  assert.deepEqual(
    chunksOf(rows).map((chunk) => chunk.lines.length),
    [3, 3, 3, 1],
  );
});

test('refused rows leave their chunk with their faults, the rest is sent under another key', () => {
  const [chunk] = chunksOf([1, 2, 3].map((line) => ({ line: line * 10, job: { n: line } })));
  const { chunk: rest, faults } = withoutRefused(chunk, [
    { index: 1, field: '1.payload.to', message: 'bounces' },
    { index: 1, field: '1.type', message: 'odd' },
  ]);
  assert.deepEqual(faults, [{ line: 20, message: 'payload.to bounces; type odd' }]);
  assert.deepEqual([rest.lines, rest.items.length, rest.round], [[10, 30], 2, 1]);
  assert.deepEqual(progressOf({ chunks: [{ ...rest, sent: true }, chunk] }), { total: 5, done: 2 });
});

test('a file is known by every letter of it', () => {
  const marks = ['', 'a', 'b', 'ab', 'ba', 'aaaa', 'aaaab', `${'x'.repeat(1000)}y`, `${'x'.repeat(1000)}z`].map(
    fingerprint,
  );
  assert.equal(new Set(marks).size, marks.length);
  assert.equal(fingerprint('same'), fingerprint('same'));
});
