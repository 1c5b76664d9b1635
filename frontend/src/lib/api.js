// The HTTP client. Every failure becomes a Fault.
import { learnServerTime } from './clock.js';
import { parse, stringify } from './json.js';
import { handleUnauthorized, bearer as sessionKey } from './session.js';

const TIMEOUT_MS = 10_000;
let base = '';

export const setBase = (address) => (base = address);
export const apiAddress = () => base || location.origin;

/** `status` 0: no response. `errors`: [{field, message, index?}]. `retryAfter`: seconds or null. */
export class Fault extends Error {
  constructor(status, { title, detail, errors, request_id: requestId } = {}, retryAfter = null) {
    super(detail || title || `HTTP ${status}`);
    this.status = status;
    this.errors = errors ?? [];
    this.requestId = requestId;
    this.retryAfter = retryAfter;
  }

  /** The same request may succeed later: network, overload or an unavailable store. */
  get isTransient() {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export function queryOf(values) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null || value.length === 0) continue;
    query.set(name, Array.isArray(value) ? value.join(',') : value);
  }
  const text = query.toString();
  return text && `?${text}`;
}

function headersFor({ body, etag, idempotencyKey, bearer }) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (etag) headers['If-None-Match'] = etag;
  if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey;
  if (bearer) headers.Authorization = `Bearer ${bearer}`;
  return headers;
}

async function request(path, { method = 'GET', body, text, signal: abort, timeout = TIMEOUT_MS, ...rest }) {
  const signals = [AbortSignal.timeout(timeout), ...(abort ? [abort] : [])];
  const content = text ?? (body === undefined ? undefined : stringify(body));
  try {
    return await fetch(base + path, {
      method,
      body: content,
      headers: headersFor({ body: content, ...rest }),
      signal: AbortSignal.any(signals),
      credentials: 'omit',
      cache: 'no-store', // the browser's cache would hide the 304s
    });
  } catch (error) {
    if (abort?.aborted) throw error;
    throw new Fault(0, { title: error.name === 'TimeoutError' ? 'timeout' : 'unreachable' });
  }
}

async function faultOf(answer, bearer) {
  const retryAfter = Number(answer.headers.get('Retry-After')) || null;
  if (answer.status === 401) handleUnauthorized(bearer);
  try {
    return new Fault(answer.status, parse(await answer.text()), retryAfter);
  } catch {
    return new Fault(answer.status, {}, retryAfter); // not a problem document, perhaps a proxy's HTML page
  }
}

/**
 * → {status, data, etag}; data is undefined for 304 and 204. Throws a Fault, or an AbortError if `signal` was aborted.
 * `bearer`: a key to use instead of the session's.
 */
export async function call(path, { bearer = sessionKey(), ...options } = {}) {
  const answer = await request(path, { bearer, ...options });
  if (answer.headers.get('Date')) learnServerTime(answer.headers.get('Date'));
  if (answer.status === 304) return { status: 304, etag: options.etag };
  if (!answer.ok) throw await faultOf(answer, bearer);
  if (answer.status === 204) return { status: 204 };
  return { status: answer.status, data: parse(await answer.text()), etag: answer.headers.get('ETag') };
}

const put = async (path, body) => (await call(path, { method: 'PUT', body })).data;

export const cancelJob = (id) => put(`/jobs/${id}/cancel`);
/** `when`: {scheduled_at}; without it the job is due now. */
export const retryJob = (id, when) => put(`/jobs/${id}/retry`, when);
export const cancelMany = (scope) => put('/jobs/cancel', scope);
export const retryMany = (scope) => put('/jobs/retry', scope);
export const updateJob = async (id, change) => (await call(`/jobs/${id}`, { method: 'PATCH', body: change })).data;
export const countJobs = async (filter) => (await call(`/jobs/count${queryOf(filter)}`)).data;
export const jobTypes = async () => (await call('/job-types')).data.items;

/** `text`: the JSON to send, byte for byte, so that a repeated call with the same key has the same body. */
export const createJobs = async (text, idempotencyKey, timeout) =>
  (await call('/jobs', { method: 'POST', text, idempotencyKey, timeout })).data;
