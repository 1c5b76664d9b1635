import { useState } from 'preact/hooks';
import { call } from '../lib/api.js';
import { serverNow } from '../lib/clock.js';
import { shortId } from '../lib/format.js';
import { zone } from '../lib/prefs.js';
import { messageOf, t } from '../lib/strings.js';
import { readWhen, writeWhen } from '../lib/when.js';
import { reschedule } from '../state/actions.js';
import { toast } from '../state/toasts.js';
import { Dialog } from '../ui/Dialog.jsx';
import { useMount } from '../ui/useMount.js';
import { WhenPicker } from '../ui/WhenPicker.jsx';

/** The API expresses "now" as a delay of zero. */
function changeOf(job, when, priority) {
  const { fields, instant } = writeWhen(when, zone.peek(), serverNow());
  const time = when.mode === 'now' ? { delay_seconds: 0 } : fields;
  const moved =
    when.mode === 'now'
      ? Date.parse(job.scheduled_at) > serverNow()
      : Math.abs(instant - Date.parse(job.scheduled_at)) >= 60_000;
  return { ...(moved && time), ...(priority !== job.priority && { priority }) };
}

function Body({ job, onClose }) {
  const [when, setWhen] = useState(() => readWhen({ scheduled_at: job.scheduled_at }, zone.peek(), serverNow()));
  const [priority, setPriority] = useState(job.priority);
  const valid =
    Number.isInteger(priority) &&
    priority >= -512 &&
    priority <= 511 &&
    (when.mode === 'now' || writeWhen(when, zone.value, serverNow()).instant !== null);
  const save = async (event) => {
    event.preventDefault();
    const change = changeOf(job, when, priority);
    onClose();
    if (Object.keys(change).length) await reschedule(job, change);
  };
  return (
    <form class="space-y-4" onSubmit={save}>
      <WhenPicker when={when} set={setWhen} />
      <div>
        <label class="label" for="reschedule-priority">
          {t('create.priority')}
        </label>
        <input
          id="reschedule-priority"
          type="number"
          class="input max-w-32"
          min={-512}
          max={511}
          value={priority}
          aria-describedby="reschedule-help"
          onInput={(event) => setPriority(event.currentTarget.valueAsNumber)}
        />
        <p id="reschedule-help" class="note mt-1">
          {t('create.priority.help')}
        </p>
      </div>
      <div class="dialog-foot">
        <button type="button" class="button" onClick={onClose}>
          {t('cancel.dialog')}
        </button>
        <button type="submit" class="button button-primary" disabled={!valid}>
          {t('reschedule.go')}
        </button>
      </div>
    </form>
  );
}

export default function Reschedule({ id, onClose }) {
  const [job, setJob] = useState(null);
  useMount(() => {
    call(`/jobs/${encodeURIComponent(id)}`)
      .then(({ data }) => setJob(data))
      .catch((fault) => {
        toast(messageOf(fault), { kind: 'fault' });
        onClose();
      });
  });
  return (
    <Dialog title={`${t('reschedule.title')} ${job ? `${job.type} ${shortId(id)}` : shortId(id)}`} onClose={onClose}>
      {job && <Body job={job} onClose={onClose} />}
    </Dialog>
  );
}
