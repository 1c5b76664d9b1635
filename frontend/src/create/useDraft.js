import { useState } from 'preact/hooks';
import { call } from '../lib/api.js';
import { messageOf } from '../lib/strings.js';
import { toast } from '../state/toasts.js';
import { loadTypes, types } from '../state/types.js';
import { useMount } from '../ui/useMount.js';
import { restoreDraft, startDraft, storeDraft } from './draft.js';

/** The draft to start with: a copy of the job `like`, or an empty job of a type. */
async function firstDraft(wanted, like) {
  if (like) {
    const { type, payload, priority, max_retries } = (await call(`/jobs/${like}`)).data;
    return { type, payload, ...(priority !== 0 && { priority }), ...(max_retries !== 3 && { max_retries }) };
  }
  const known = types.peek().some(({ type }) => type === wanted);
  return { type: known ? wanted : types.peek()[0]?.type, payload: {} };
}

/** Loads the types and starts or restores the draft. Stores unsaved input when the form or page closes. */
export function useDraft(type, like, onClose) {
  const [ready, setReady] = useState(false);
  const [restored, setRestored] = useState(false);
  const startOver = async () => {
    startDraft(await firstDraft(type, like));
    setRestored(false);
  };
  const begin = async () => {
    try {
      await loadTypes();
      if (restoreDraft(type, like)) setRestored(true);
      else await startOver();
      setReady(true);
    } catch (fault) {
      if (fault.status === 401) return; // the sign-in page comes first
      toast(messageOf(fault), { kind: 'fault' });
      onClose();
    }
  };
  useMount(() => {
    const store = () => storeDraft(like);
    addEventListener('pagehide', store);
    begin();
    return () => {
      removeEventListener('pagehide', store);
      store();
      startDraft({});
    };
  });
  return { ready, restored, startOver };
}
