import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, plain, stringify, toNumber } from '../src/lib/json.js';

test('every number comes back as it was written', () => {
  for (const text of [
    '9007199254740993',
    '-9223372036854775808',
    '1.10',
    '1e400',
    '0.1',
    '-0',
    '12345678901234567890.5',
  ]) {
    assert.equal(stringify(parse(`{"n":${text}}`)), `{"n":${text}}`);
  }
});

test('a typed number is a number, anything else stays text', () => {
  assert.equal(toNumber('12'), 12);
  assert.equal(stringify(toNumber('9007199254740993')), '9007199254740993');
  for (const text of ['', 'abc', '1.', '0x10', '01', '1 2', 'Infinity']) assert.equal(toNumber(text), text);
});

test('plain is for comparing: ordinary numbers all the way down', () => {
  assert.deepEqual(plain(parse('{"a":[9007199254740993,{"b":1.10}]}')), { a: [9007199254740992, { b: 1.1 }] });
});
