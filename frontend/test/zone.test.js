import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readWhen, writeWhen } from '../src/lib/when.js';
import { fromWall, offsetAt, toWall, zoneNames } from '../src/lib/zone.js';

const at = (text) => Date.parse(text);

test('wall clock and instant are each other’s inverse in every kind of zone', () => {
  for (const zone of [
    'UTC',
    'Europe/Berlin',
    'America/New_York',
    'Asia/Kolkata',
    'Australia/Lord_Howe',
    'Pacific/Kiritimati',
  ]) {
    for (const text of ['2030-01-15T12:00:00Z', '2030-07-15T23:59:00Z', '2028-02-29T00:00:00Z']) {
      assert.deepEqual(fromWall(toWall(at(text), zone), zone), { instant: at(text), note: null }, `${zone} ${text}`);
    }
  }
});

test('a time that clocks skip is moved on, a time that comes twice is the first', () => {
  assert.deepEqual(fromWall('2026-03-29T02:30', 'Europe/Berlin'), { instant: at('2026-03-29T01:30:00Z'), note: 'gap' });
  assert.deepEqual(fromWall('2026-10-25T02:30', 'Europe/Berlin'), {
    instant: at('2026-10-25T00:30:00Z'),
    note: 'overlap',
  });
  assert.deepEqual(fromWall('2026-11-01T01:30', 'America/New_York'), {
    instant: at('2026-11-01T05:30:00Z'),
    note: 'overlap',
  });
});

test('no time is no instant', () => {
  for (const text of ['', 'soon', '2026-13-01T00:00']) assert.equal(fromWall(text, 'UTC').instant, null);
});

test('offsets, and UTC is the first of the zones', () => {
  assert.equal(offsetAt(at('2030-07-01T00:00:00Z'), 'Asia/Kolkata'), 5.5 * 3_600_000);
  assert.equal(zoneNames()[0], 'UTC');
});

test('when a job is due is read from its fields and written back', () => {
  const now = at('2030-01-01T00:00:00Z');
  const cases = [{}, { delay_seconds: 7200 }, { delay_seconds: 90 }, { scheduled_at: '2030-05-01T10:00:00.000Z' }];
  for (const fields of cases)
    assert.deepEqual(writeWhen(readWhen(fields, 'Asia/Tokyo', now), 'Asia/Tokyo', now).fields, fields);
  assert.equal(readWhen({ delay_seconds: 7200 }, 'UTC', now).unit, 'hours');
  assert.equal(writeWhen({ mode: 'in', amount: NaN, unit: 'hours' }, 'UTC', now).instant, null);
});
