import assert from 'node:assert/strict';
import { test } from 'node:test';
import { relative } from '../src/lib/format.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const inWords = (value, unit) =>
  value ? new Intl.RelativeTimeFormat(undefined, { style: 'short' }).format(value, unit) : 'now';

test('a distance is rounded to the nearest, in the unit that says it in the smallest whole number', () => {
  const said = [
    [0, 0, 'second'],
    [499, 0, 'second'],
    [59.4 * SECOND, 59, 'second'],
    [59.6 * SECOND, 1, 'minute'],
    [100 * SECOND, 2, 'minute'],
    [59.6 * MINUTE, 1, 'hour'],
    [100 * MINUTE, 2, 'hour'],
    [23.6 * HOUR, 1, 'day'],
    [29 * DAY, 29, 'day'],
    [30 * DAY, 1, 'month'],
    [90 * DAY, 3, 'month'],
    [360 * DAY, 1, 'year'],
    [700 * DAY, 2, 'year'],
  ];
  for (const [distance, value, unit] of said) {
    assert.equal(relative(distance, 0), inWords(value, unit), `in ${distance} ms`);
    assert.equal(relative(0, distance), inWords(-value, unit), `${distance} ms ago`);
  }
});
