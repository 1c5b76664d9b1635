import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resolveTimes, spanOf } from '../src/lib/timespan.js';
import { filterOf, formatRoute, parseRoute } from '../src/lib/urlstate.js';

test('a view is a link and a link is a view', () => {
  for (const search of [
    '',
    '?status=failed',
    '?status=failed,pending&type=email&priority_min=-5&q=a%26b+c',
    '?view=timeline&window=7d',
    '?sort=-priority&cursor=abc&job=x',
  ]) {
    assert.equal(formatRoute(parseRoute(search)), search);
  }
});

test('what is unknown or default is left out', () => {
  assert.equal(formatRoute(parseRoute('?view=nonsense&sort=-created_at&evil=1&status=,,')), '');
  assert.deepEqual(parseRoute('?status=a&status=b').status, ['a', 'b']);
});

test('the filter has the API’s names and types', () => {
  assert.deepEqual(filterOf(parseRoute('?status=failed&priority_max=3&q=x&sort=priority&job=1')), {
    status: ['failed'],
    priority_max: 3,
    q: 'x',
  });
});

test('relative times become instants, rounded outwards so that the URL stays the same for a while', () => {
  const now = Date.parse('2030-01-01T00:00:31Z');
  assert.equal(spanOf('-24h'), -86_400_000);
  assert.equal(spanOf('2030-01-01'), null);
  assert.deepEqual(resolveTimes({ created_from: '-1h', scheduled_to: '+0m', q: '-1h' }, now), {
    created_from: '2029-12-31T23:00:00.000Z',
    scheduled_to: '2030-01-01T00:00:40.000Z',
    q: '-1h',
  });
});
