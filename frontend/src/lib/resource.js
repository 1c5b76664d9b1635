// Loads one URL with its ETag and keeps the last good response.
import { signal } from '@preact/signals';
import { call } from './api.js';

/** {data, path, fault, loading}: `data` stays after faults and 304s. */
export function resource() {
  const state = signal({ data: null, path: null, fault: null, loading: true });
  let etag = null;

  /** Loads `path`. `accept(data)` is called for new data only. */
  async function load(path, abort, accept) {
    if (path !== state.peek().path) {
      etag = null;
      state.value = { ...state.peek(), path, loading: true, fault: null };
    }
    try {
      const answer = await call(path, { signal: abort, etag });
      etag = answer.etag;
      if (answer.status === 304) {
        if (state.peek().fault) state.value = { ...state.peek(), fault: null };
        return;
      }
      state.value = { data: answer.data, path, fault: null, loading: false };
      accept?.(answer.data);
    } catch (fault) {
      if (abort?.aborted) return;
      state.value = { ...state.peek(), fault, loading: false };
      throw fault;
    }
  }

  return { state, load };
}
