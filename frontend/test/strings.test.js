import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { en as imports } from '../src/import/strings.en.js';
import { Fault } from '../src/lib/api.js';
import { en as first } from '../src/lib/strings.en.js';
import { messageOf, t } from '../src/lib/strings.js';
import { en as settings } from '../src/settings/strings.en.js';
import { en as signin } from '../src/signin/strings.en.js';

const en = { ...first, ...imports, ...settings, ...signin };
const files = readdirSync('src', { recursive: true }).filter(
  (name) => /\.jsx?$/.test(name) && !name.endsWith('strings.en.js'),
);
const source = files.map((name) => readFileSync(`src/${name}`, 'utf8')).join('\n');
const keys = [...new Set(Object.keys(en).map((key) => key.replace(/\.(one|other)$/, '')))];
const exists = (key) => keys.includes(key) || key in en;

test('every word that is asked for is in the table', () => {
  const asked = [...source.matchAll(/\bt\('([^']+)'/g)].map(([, key]) => key);
  assert.ok(asked.length > 150);
  assert.deepEqual(
    asked.filter((key) => !exists(key)),
    [],
  );
});

test('every word of the table is used', () => {
  const whole = new Set([...source.matchAll(/'([\w.]+)'/g)].map(([, key]) => key));
  const starts = [...source.matchAll(/`([\w.]+\.)\$\{/g)].map(([, start]) => start);
  assert.deepEqual(
    keys.filter(
      (key) => !whole.has(key) && !whole.has(`${key}.other`) && !starts.some((start) => key.startsWith(start)),
    ),
    [],
  );
});

test('plurals have both forms, and every form its number', () => {
  for (const key of Object.keys(en)) {
    if (key.endsWith('.one')) assert.ok(key.replace(/one$/, 'other') in en, key);
    if (/\.(one|other)$/.test(key) && !key.startsWith('fault') && !/(degraded|invalid)\.other$/.test(key))
      assert.match(en[key], /\{n\}/, key);
  }
  assert.equal(t('select.n', { n: 1 }), '1 selected');
  assert.equal(t('select.all', { n: 12_345 }), 'All 12,345 matching');
});

test('no full stop follows a distance in time, which has one of its own: "in 12 sec."', () => {
  const distances = Object.entries(en).filter(([, text]) => /\{(retry|relative)\}/.test(text));
  assert.ok(distances.length >= 3);
  assert.deepEqual(
    distances.filter(([, text]) => /\{(retry|relative)\}\./.test(text)),
    [],
  );
});

test('every fault has words', () => {
  assert.match(messageOf(new Fault(0, { title: 'unreachable' })), /isn’t responding/);
  assert.match(messageOf(new Fault(0, { title: 'timeout' })), /too long/);
  assert.match(messageOf(new Fault(503)), /database/);
  assert.match(messageOf(new Fault(418)), /418/);
  assert.equal(
    messageOf(new Fault(409, { title: 'Conflict', detail: 'the job is completed' })),
    'the job is completed',
  );
});
