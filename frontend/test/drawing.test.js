import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duration, relative } from '../src/lib/format.js';
import { labelPlaces, layout, niceCeiling, sumOf } from '../src/overview/bars.js';
import { CHIP, lanesOf } from '../src/timeline/lanes.js';
import { axisOf, snapTo } from '../src/timeline/windows.js';

const HOUR = 3_600_000;

test('durations and moments in words', () => {
  assert.deepEqual([0, 840, 2449, 59_949, 60_000, 192_000, 14_700_000, 90_000_000 + HOUR].map(duration), [
    '0ms',
    '840ms',
    '2.4s',
    '59.9s',
    '1m',
    '3m 12s',
    '4h 5m',
    '1d 2h',
  ]);
  assert.equal(relative(0, 400), 'now');
  assert.match(relative(3 * HOUR, 0), /in 3 hr/);
});

test('the chart’s top is round and never below its bars', () => {
  assert.deepEqual([0, 1, 3, 7, 11, 50, 51, 999].map(niceCeiling), [1, 1, 5, 10, 20, 50, 100, 1000]);
  const points = [
    { completed: 3, failed: 1, retried: 0 },
    { completed: 0, failed: 0, retried: 0 },
  ];
  const { top, bars } = layout(points, 100, 50);
  assert.equal(top, 5);
  assert.deepEqual(
    bars.map(({ part, y, height }) => [part, y, height]),
    [
      ['completed', 20, 30],
      ['failed', 10, 10],
    ],
  );
  assert.deepEqual(sumOf(points), { completed: 3, failed: 1, retried: 0 });
});

test('labels keep their distance', () => {
  assert.deepEqual(labelPlaces(60, 360), [0, 15, 30, 45]);
  assert.deepEqual(labelPlaces(2, 10), [0]);
});

test('the axis is whole in the zone’s own clock', () => {
  const kolkata = 5.5 * HOUR;
  const { step, ticks } = axisOf(Date.parse('2030-01-01T00:10:00Z'), 24 * HOUR, 1000, kolkata);
  assert.equal(step, 3 * HOUR);
  assert.equal(new Date(ticks[0]).toISOString(), '2030-01-01T00:30:00.000Z'); // six o'clock there
  assert.equal(snapTo(1_234_567, 10_000), 1_230_000);
});

test('no two jobs of a lane cover each other, and what does not fit is counted', () => {
  const jobs = Array.from({ length: 9 }, (_, id) => ({ id, type: id === 8 ? 'b' : 'a' }));
  const [a, b] = lanesOf(jobs, ({ id }) => (id < 7 ? 0 : 500));
  assert.equal(a.count, 8);
  assert.equal(a.rows, 6);
  assert.equal(a.hidden, 1);
  assert.equal(b.chips.length, 1);
  for (const one of a.chips)
    for (const other of a.chips)
      if (one !== other && one.row === other.row) assert.ok(Math.abs(one.x - other.x) >= CHIP);
});
