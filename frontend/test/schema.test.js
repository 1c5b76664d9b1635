import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '../src/lib/json.js';
import { fieldsOf, labelOf } from '../src/schema/fields.js';
import { validateJob } from '../src/schema/job.js';
import { validatePayload } from '../src/schema/validate.js';

const schema = {
  $defs: {
    Line: {
      type: 'object',
      additionalProperties: false,
      required: ['price'],
      properties: { price: { type: 'number' }, label: { type: 'string' } },
    },
  },
  type: 'object',
  additionalProperties: false,
  required: ['to', 'id'],
  properties: {
    to: { type: 'array', items: { type: 'string', format: 'email' }, minItems: 1 },
    id: { type: 'integer', minimum: 1 },
    note: { anyOf: [{ type: 'string', maxLength: 3 }, { type: 'null' }], default: null, title: 'A note' },
    who: { anyOf: [{ type: 'string' }, { $ref: '#/$defs/Line' }, { type: 'null' }] },
    lines: { type: 'array', items: { $ref: '#/$defs/Line' } },
    mode: { enum: ['a', 'b'], default: 'a' },
    exact: { type: 'boolean' },
    any: {},
  },
};
const types = [{ type: 'mail', schema }];
const faults = (payload) =>
  Object.fromEntries(validatePayload(payload, schema).map(({ field, message }) => [field, message]));

test('each part of a schema asks for its control, required ones first', () => {
  const kinds = fieldsOf(schema, schema).map(({ name, kind }) => [name, kind]);
  const wanted = {
    to: 'lines',
    id: 'integer',
    note: 'string',
    who: 'loose',
    lines: 'list',
    mode: 'choice',
    exact: 'boolean',
    any: 'json',
  };
  assert.deepEqual(Object.fromEntries(kinds), wanted);
  assert.deepEqual(
    kinds.slice(0, 2).map(([name]) => name),
    ['to', 'id'],
  );
});

test('a fault is named as the form names its field, whatever is in it', () => {
  const named = (path) => labelOf(path.split('.'), schema, schema);
  assert.deepEqual(['to', 'to.0', 'note', 'lines.1.price', 'no_such.thing'].map(named), [
    'To',
    'To 1',
    'A note',
    'Lines 2 Price',
    'No such Thing',
  ]);
});

test('a good payload has no faults, whatever its numbers look like', () => {
  assert.deepEqual(
    faults(parse('{"to":["a@example.com"],"id":9007199254740993,"note":null,"lines":[{"price":1.10}],"any":[1]}')),
    {},
  );
});

test('one value where a list is wanted is left to the API, but judged as its item', () => {
  assert.deepEqual(faults({ to: 'a@example.com', id: 1 }), {});
  assert.deepEqual(faults({ to: 'nobody', id: 1 }), { 'payload.to': 'must be a valid e-mail address' });
});

test('faults stand at their field, in words, once', () => {
  assert.deepEqual(faults({ to: ['x'], note: 'long', lines: [{}, { price: 'a', odd: 1 }], mode: 'c', evil: 1 }), {
    'payload.id': 'is required',
    'payload.to.0': 'must be a valid e-mail address',
    'payload.note': 'can have at most 3 characters',
    'payload.lines.0.price': 'is required',
    'payload.lines.1.price': 'must be a number',
    'payload.lines.1.odd': 'is not a known field',
    'payload.mode': 'must be one of a, b',
    'payload.evil': 'is not a known field',
  });
});

test('the faults of an alternative are those of the one that was meant', () => {
  assert.deepEqual(faults({ to: ['a@example.com'], id: 1, who: { label: 'x' } }), {
    'payload.who.price': 'is required',
  });
  assert.deepEqual(faults({ to: ['a@example.com'], id: 1, who: 7 }), {
    'payload.who': 'doesn’t match any of the allowed formats',
  });
});

test('a job is judged whole', () => {
  const good = { type: 'mail', payload: { to: ['a@example.com'], id: 1 } };
  assert.deepEqual(validateJob(good, types), []);
  const bad = { ...good, priority: 512, max_retries: 1.5, scheduled_at: '2030-01-01 10:00', delay_seconds: 1, evil: 1 };
  assert.deepEqual(
    validateJob(bad, types).map(({ field }) => field),
    ['priority', 'max_retries', 'scheduled_at', 'scheduled_at', 'evil'],
  );
  assert.match(validateJob({ type: 'nail' }, types)[0].message, /known types: mail/);
});

test('a schema that refers to itself ends', () => {
  const tree = {
    $defs: { Node: { type: 'object', properties: { next: { $ref: '#/$defs/Node' } } } },
    $ref: '#/$defs/Node',
  };
  assert.deepEqual(validatePayload({ next: { next: { next: {} } } }, tree), []);
  assert.equal(fieldsOf(tree, tree)[0].kind, 'object');
});
