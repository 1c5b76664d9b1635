// GET /job-types, loaded once, when a form or an import first needs it.
import { signal } from '@preact/signals';
import { jobTypes } from '../lib/api.js';

export const types = signal(null); // [{type, description, timeout_seconds, max_concurrency, schema}]
let request = null;

export function loadTypes() {
  request ??= jobTypes()
    .then((items) => (types.value = items))
    .catch((fault) => {
      request = null; // the next call tries again
      throw fault;
    });
  return request;
}
