// Loading and form errors, shared by the settings.
import { useCallback, useEffect, useState } from 'preact/hooks';
import { call } from '../lib/api.js';

/** → {data, fault, reload}. `data` stays during a reload and after a fault. */
export function useRequest(path) {
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

/** The errors that belong to no field of the form, as one sentence; undefined if there are none. */
export function generalError(fault, fields, words) {
  if (!fault) return undefined;
  const general = (fault.errors ?? []).filter(({ field }) => !fields.includes(field)).map(({ message }) => message);
  return fault.errors?.length ? general.join('. ') || undefined : words(fault);
}

/** The error message for one field of the form, if any. */
export const fieldError = (fault, field) => fault?.errors?.find((error) => error.field === field)?.message;
