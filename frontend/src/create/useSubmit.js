import { useRef, useState } from 'preact/hooks';
import { createJobs } from '../lib/api.js';
import { stringify } from '../lib/json.js';
import { messageOf } from '../lib/strings.js';
import { toast } from '../state/toasts.js';
import { draft, faults, newKey, serverFaults, submitted } from './draft.js';

/** Creates the job of the draft unless it has faults; then it focuses the first field that has one. */
export function useSubmit(form, onCreated) {
  const [sending, setSending] = useState(false);
  const key = useRef(newKey());
  const renewKey = () => {
    key.current = newKey();
  };

  const focusFirstFault = () =>
    requestAnimationFrame(() => {
      const field = form.current?.querySelector('[aria-invalid="true"]');
      field?.scrollIntoView({ block: 'center' });
      field?.focus();
    });

  const handleFault = (fault) => {
    if (!fault.isTransient) renewKey(); // the API rejected the job, so the key is unused
    serverFaults.value = fault.errors;
    if (fault.errors.length) focusFirstFault();
    else if (fault.status !== 401) toast(messageOf(fault), { kind: 'fault' });
  };

  const submit = async (event) => {
    event.preventDefault();
    submitted.value = true;
    if (faults.peek().length) return focusFirstFault();
    setSending(true);
    try {
      const job = await createJobs(stringify(draft.peek()), key.current);
      renewKey();
      onCreated(job);
    } catch (fault) {
      handleFault(fault);
    } finally {
      setSending(false);
    }
  };
  return { sending, submit, renewKey };
}
