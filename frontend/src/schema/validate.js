// Validates a payload against the schema of its type; each fault becomes one sentence.
import { Validator } from '@cfworker/json-schema';
import { plain } from '../lib/json.js';
import { has, t } from '../lib/strings.js';
import { narrowTo } from './resolve.js';

/** Keywords that only report a fault further inside. */
const INDIRECT = new Set([
  'properties',
  'prefixItems',
  'items',
  '$ref',
  'allOf',
  'additionalProperties',
  'patternProperties',
]);
const LIMITS = new Set(['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'pattern']);
const COUNTS = new Set(['minLength', 'maxLength', 'minItems', 'maxItems']);

const steps = (location) =>
  location
    .slice(1)
    .split('/')
    .slice(1)
    .map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
const quoted = (text) => /"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '';
const at = (node, path) => path.reduce((inner, step) => inner?.[step], node);
const typeLabel = (type) =>
  [type]
    .flat()
    .filter((name) => name !== 'null')
    .map((name) => t(`invalid.type.${name}`))
    .join(' / ');

function sentence(keyword, limit) {
  if (COUNTS.has(keyword)) return t(`invalid.${keyword}`, { n: limit });
  if (keyword === 'format')
    return t('invalid.format', { limit: has(`format.${limit}`) ? t(`format.${limit}`) : limit });
  if (LIMITS.has(keyword)) return t(`invalid.${keyword}`, { limit });
  if (keyword === 'type') return t('invalid.type', { type: typeLabel(limit) });
  if (keyword === 'enum') return t('invalid.enum', { values: limit.map(String).join(', ') });
  if (keyword === 'const') return t('invalid.const', { values: String(limit) });
  if (keyword === 'anyOf' || keyword === 'oneOf') return t('invalid.anyOf');
  return t('invalid.other');
}

function faultOf({ instanceLocation, keyword, keywordLocation, error }, schema) {
  const path = steps(instanceLocation);
  if (keyword === 'required') return { path: [...path, quoted(error)], message: t('invalid.required') };
  if (keyword === 'false') return { path, message: t('invalid.additionalProperties') };
  return { path, message: sentence(keyword, at(schema, steps(keywordLocation))) };
}

const within = (inside, outside) =>
  inside.length > outside.length && outside.every((step, index) => inside[index] === step);

/** → [{field: "payload.lines.0.quantity", message}], at most one per field; empty for a valid payload. */
export function validatePayload(payload, schema) {
  const value = plain(payload);
  // The remaining alternatives may refer to $defs.
  const narrowed = { ...narrowTo(schema, value, schema), $defs: schema.$defs ?? {} };
  const { errors } = new Validator(narrowed, '2020-12', false).validate(value);
  const alternatives = errors
    .filter(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf')
    .map((error) => error.keywordLocation);
  const own = errors.filter(
    ({ keyword, keywordLocation }) =>
      !INDIRECT.has(keyword) && !alternatives.some((path) => keywordLocation.startsWith(`${path}/`)),
  );
  const faults = own.map((error) => faultOf(error, narrowed));
  const outer = faults.filter((fault) => !faults.some((other) => within(fault.path, other.path)));
  const byField = new Map(outer.map(({ path, message }) => [['payload', ...path].join('.'), message]));
  return [...byField].map(([field, message]) => ({ field, message }));
}
