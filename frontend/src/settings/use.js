// What the settings share: one answer that is asked for when it is looked at, and again after a change.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { call } from '../lib/api.js';

/** → {data, fault, reload}. `data` outlives a fault and a reload. */
export function useAnswer(path) {
  const [state, setState] = useState({ data: null, fault: null });
  const reload = useCallback(
    () =>
      call(path)
        .then(({ data }) => setState({ data, fault: null }))
        .catch((fault) => setState((last) => ({ ...last, fault }))),
    [path],
  );
  useEffect(() => void reload(), [reload]);
  return { ...state, reload };
}

/** What the API says about no field of the form, as one sentence; undefined when each of its errors has a field. */
export function restOf(fault, fields, words) {
  if (!fault) return undefined;
  const rest = (fault.errors ?? []).filter(({ field }) => !fields.includes(field)).map(({ message }) => message);
  return fault.errors?.length ? rest.join('. ') || undefined : words(fault);
}

/** The message for one field of a form from the API's errors, if it has one. */
export const faultOf = (fault, field) => fault?.errors?.find((error) => error.field === field)?.message;
