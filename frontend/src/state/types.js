// GET /job-types, asked for once and only when a form or an import needs it.
import { signal } from '@preact/signals';
import { jobTypes } from '../lib/api.js';

export const types = signal(null); // [{type, description, timeout_seconds, max_concurrency, schema}]
let asked = null;

export function needTypes() {
  asked ??= jobTypes()
    .then((items) => (types.value = items))
    .catch((fault) => {
      asked = null; // the next one who needs them asks again
      throw fault;
    });
  return asked;
}
