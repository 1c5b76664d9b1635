import { useSignal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { shortId } from '../lib/format.js';
import { pollNow } from '../lib/poll.js';
import { t } from '../lib/strings.js';
import { go } from '../lib/urlstate.js';
import { revealJob } from '../state/jobs.js';
import { toast } from '../state/toasts.js';
import { types } from '../state/types.js';
import { Dialog } from '../ui/Dialog.jsx';
import { isDirty, markSaved, submitted } from './draft.js';
import { Editor } from './Editor.jsx';
import { ConfirmDiscard, Submit } from './Footer.jsx';
import { useDraft } from './useDraft.js';
import { useSubmit } from './useSubmit.js';

const openImport = () => go({ view: 'import', new: undefined, like: undefined }, { replace: true });

function RestoredBanner({ startOver }) {
  return (
    <p class="banner" role="status">
      <span class="grow">{t('create.back')}</span>
      <button type="button" class="button" onClick={startOver}>
        {t('create.back.afresh')}
      </button>
    </p>
  );
}

function Loading() {
  return (
    <p class="skeleton" role="status">
      <span class="sr-only">{t('loading')}</span>
    </p>
  );
}

/** `type`: the type to preselect, or "*". `like`: the id of the job to duplicate, if any. */
export default function Create({ type, like, onClose }) {
  const form = useRef(null);
  const keepOpen = useSignal(false);
  const [tab, setTab] = useState('form');
  const [confirming, setConfirming] = useState(false); // whether to discard unsaved input
  const { ready, restored, startOver } = useDraft(type, like, onClose);

  const handleCreated = (job) => {
    markSaved();
    toast(t('done.created', { type: job.type, id: shortId(job.id) }));
    revealJob(job.id);
    pollNow();
    if (keepOpen.peek()) submitted.value = false;
    else onClose();
  };
  const { sending, submit, renewKey } = useSubmit(form, handleCreated);

  const close = () => (isDirty() ? setConfirming(!confirming) : onClose());
  const discard = () => {
    markSaved();
    onClose();
  };
  useEffect(() => {
    if (ready) form.current.querySelector('#create-type')?.focus();
  }, [ready]);

  const importButton = (
    <button type="button" class="button button-quiet" onClick={openImport}>
      {t('empty.import')}
    </button>
  );
  return (
    <Dialog title={t('create.title')} wide onClose={close} tools={importButton}>
      <form ref={form} noValidate onSubmit={submit} onInput={renewKey}>
        {restored && <RestoredBanner startOver={startOver} />}
        {ready && types.value.length > 0 && <Editor key={String(restored)} tab={tab} setTab={setTab} />}
        {ready && types.value.length === 0 && <p class="muted">{t('create.none')}</p>}
        {!ready && <Loading />}
        <div class="dialog-foot">
          {confirming ? (
            <ConfirmDiscard onKeep={() => setConfirming(false)} onDiscard={discard} />
          ) : (
            <Submit disabled={!ready || sending} keepOpen={keepOpen} onCancel={close} />
          )}
        </div>
      </form>
    </Dialog>
  );
}
