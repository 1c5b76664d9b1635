// Validates a whole new job, so that the page reports most faults before POST /jobs does.

import { isNumber, plain } from '../lib/json.js';
import { t } from '../lib/strings.js';
import { validatePayload } from './validate.js';

export const JOB_FIELDS = ['type', 'payload', 'priority', 'max_retries', 'scheduled_at', 'delay_seconds'];
const MIN_PRIORITY = -512;
const MAX_PRIORITY = 511;
const MAX_RETRIES = 100;
const MAX_DELAY_SECONDS = 10 * 366 * 86_400;
const ZONED = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i;

function checkInteger(value, low, high) {
  if (!isNumber(value) || !Number.isInteger(plain(value)))
    return t('invalid.type', { type: t('invalid.type.integer') });
  if (plain(value) < low) return t('invalid.minimum', { limit: low });
  return plain(value) > high ? t('invalid.maximum', { limit: high }) : null;
}

const CHECKS = {
  priority: (value) => checkInteger(value, MIN_PRIORITY, MAX_PRIORITY),
  max_retries: (value) => checkInteger(value, 0, MAX_RETRIES),
  scheduled_at: (value) =>
    typeof value === 'string' && ZONED.test(value) && !Number.isNaN(Date.parse(value)) ? null : t('invalid.time'),
  delay_seconds: (value) =>
    isNumber(value) && plain(value) >= 0 && plain(value) <= MAX_DELAY_SECONDS
      ? null
      : t('invalid.minimum', { limit: 0 }),
};

function payloadFaults(job, types) {
  const type = types.find((known) => known.type === job.type);
  if (!type)
    return [{ field: 'type', message: t('invalid.typeName', { known: types.map((known) => known.type).join(', ') }) }];
  const payload = job.payload ?? {};
  if (typeof payload !== 'object' || Array.isArray(payload))
    return [{ field: 'payload', message: t('invalid.type', { type: t('invalid.type.object') }) }];
  return validatePayload(payload, type.schema);
}

/** `types`: GET /job-types. → [{field, message}] */
export function validateJob(job, types) {
  const faults = payloadFaults(job, types);
  for (const [field, check] of Object.entries(CHECKS)) {
    const message = job[field] === undefined || job[field] === null ? null : check(job[field]);
    if (message) faults.push({ field, message });
  }
  if (job.scheduled_at != null && job.delay_seconds != null)
    faults.push({ field: 'scheduled_at', message: t('invalid.both') });
  for (const field of Object.keys(job))
    if (!JOB_FIELDS.includes(field)) faults.push({ field, message: t('invalid.unknown') });
  return faults;
}
