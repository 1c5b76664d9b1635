import { useEffect, useRef, useState } from 'preact/hooks';
import { apiAddress, call, createJobs } from '../lib/api.js';
import { createCurl } from '../lib/curl.js';
import { shortId } from '../lib/format.js';
import { stringify } from '../lib/json.js';
import { kick } from '../lib/poll.js';
import { t, wordsOf } from '../lib/strings.js';
import { go } from '../lib/urlstate.js';
import { labelOf } from '../schema/fields.js';
import { letIn } from '../state/jobs.js';
import { toast } from '../state/toasts.js';
import { needTypes, types } from '../state/types.js';
import { CopyButton } from '../ui/CopyButton.jsx';
import { Dialog } from '../ui/Dialog.jsx';
import { Tabs } from '../ui/Tabs.jsx';
import {
  draft,
  faults,
  isWritten,
  keepDraft,
  newKey,
  sent,
  serverFaults,
  shownFaults,
  startDraft,
  takeDraft,
  tried,
} from './draft.js';
import { Form } from './Form.jsx';
import { JsonTab } from './JsonTab.jsx';

/** What a new draft starts from: a job to be like, or a type. */
async function firstDraft(wanted, like) {
  if (like) {
    const { type, payload, priority, max_retries } = (await call(`/jobs/${like}`)).data;
    return { type, payload, ...(priority !== 0 && { priority }), ...(max_retries !== 3 && { max_retries }) };
  }
  const known = types.peek().some(({ type }) => type === wanted);
  return { type: known ? wanted : types.peek()[0]?.type, payload: {} };
}

function TypeChoice() {
  const type = types.value.find((known) => known.type === draft.value.type);
  const change = (event) => startDraft({ ...draft.peek(), type: event.currentTarget.value, payload: {} });
  return (
    <div class="field">
      <label class="label" for="create-type">
        {t('create.type')}
      </label>
      <select
        id="create-type"
        class="input"
        data-path="type"
        value={draft.value.type}
        onChange={change}
        aria-describedby="create-type-help"
      >
        {!type && <option value={draft.value.type}>{draft.value.type}</option>}
        {types.value.map((known) => (
          <option key={known.type} value={known.type}>
            {known.type}
          </option>
        ))}
      </select>
      <p id="create-type-help" class="note">
        {type?.description ?? shownFaults.value.get('type')}
      </p>
    </div>
  );
}

function Curl() {
  const text = createCurl(apiAddress(), draft.value);
  return (
    <div class="code-box">
      <pre class="code" tabIndex={0}>
        {text}
      </pre>
      <CopyButton text={text} quiet />
    </div>
  );
}

function Body({ tab, setTab }) {
  const type = types.value.find((known) => known.type === draft.value.type);
  return (
    <div class="space-y-4">
      <TypeChoice />
      <Tabs
        label={t('create.payload')}
        chosen={tab}
        choose={setTab}
        tabs={['form', 'json', 'curl'].map((name) => [name, t(`create.${name}`)])}
      >
        <div class="pt-1">
          {tab === 'form' && type && <Form key={draft.value.type} schema={type.schema} />}
          {tab === 'json' && <JsonTab key={draft.value.type} />}
          {tab === 'curl' && <Curl />}
        </div>
      </Tabs>
    </div>
  );
}

const WHOLE = new Set(['payload', 'body']); // a rule about several fields has no control of the form to stand at

const LABELS = new Map([
  ['type', 'create.type'],
  ['priority', 'create.priority'],
  ['max_retries', 'create.max_retries'],
  ['scheduled_at', 'create.when'],
  ['delay_seconds', 'create.when'],
]);

/** "payload.to" → "To", "max_retries" → "Retries": what the form calls it. */
function nameOf(path) {
  const [first, ...inner] = path.split('.');
  const { schema } = types.value.find(({ type }) => type === draft.value.type) ?? {};
  if (first === 'payload') return labelOf(inner, schema ?? {}, schema);
  return LABELS.has(path) ? t(LABELS.get(path)) : path;
}

/** Faults that no control of the form shows (a field it does not know) are listed, so that none is lost. */
function Summary() {
  const shown = shownFaults.value;
  if (shown.size === 0) return null;
  return (
    <p class="mr-auto text-[13px] error-text" role="alert">
      {t('create.faults', { n: shown.size })}:{' '}
      {[...shown]
        .slice(0, 3)
        .map(([path, words]) => (WHOLE.has(path) ? words : nameOf(path)))
        .join(', ')}
    </p>
  );
}

/** Asked in the foot of the form, so that what would be lost is still to be seen. */
function Leaving({ stay, leave }) {
  const first = useRef(null);
  useEffect(() => first.current.focus(), []);
  return (
    <>
      <p class="mr-auto" role="alert">
        {t('create.leave')}
      </p>
      <button ref={first} type="button" class="button" onClick={stay}>
        {t('create.leave.stay')}
      </button>
      <button type="button" class="button button-danger-solid" onClick={leave}>
        {t('create.leave.go')}
      </button>
    </>
  );
}

export default function Create({ type, like, onClose }) {
  const [ready, setReady] = useState(false);
  const [tab, setTab] = useState('form');
  const [sending, setSending] = useState(false);
  const [stay, setStay] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const [back, setBack] = useState(false); // an earlier draft is in the form
  const form = useRef(null);
  const key = useRef(newKey());
  const refused = (fault) => toast(wordsOf(fault), { kind: 'fault' });

  const afresh = async () => startDraft(await firstDraft(type, like));
  const begin = async () => {
    if (takeDraft(type, like)) setBack(true);
    else await afresh();
  };
  const close = () => (isWritten() ? setLeaving(!leaving) : onClose());
  const discard = () => {
    sent();
    onClose();
  };

  useEffect(() => {
    const keep = () => keepDraft(like);
    addEventListener('pagehide', keep);
    return () => {
      removeEventListener('pagehide', keep);
      keep();
      startDraft({});
    };
  }, []);
  useEffect(() => {
    needTypes()
      .then(begin)
      .then(() => setReady(true))
      .catch((fault) => {
        if (fault.status !== 401) {
          refused(fault);
          onClose();
        }
      });
  }, []);
  useEffect(() => {
    if (ready) form.current.querySelector('#create-type')?.focus();
  }, [ready]);

  const showFirstFault = () =>
    requestAnimationFrame(() => {
      const field = form.current?.querySelector('[aria-invalid="true"]');
      field?.scrollIntoView({ block: 'center' });
      field?.focus();
    });

  const created = (job) => {
    key.current = newKey();
    sent();
    toast(t('done.created', { type: job.type, id: shortId(job.id) }));
    letIn(job.id);
    kick();
    if (!stay) onClose();
    else tried.value = false;
  };

  const submit = async (event) => {
    event.preventDefault();
    tried.value = true;
    if (faults.peek().length) return showFirstFault();
    setSending(true);
    try {
      created(await createJobs(stringify(draft.peek()), key.current));
    } catch (fault) {
      if (!fault.passing) key.current = newKey(); // refused, so nothing was created under it
      serverFaults.value = fault.errors;
      if (fault.errors.length) showFirstFault();
      else if (fault.status !== 401) refused(fault); // signing in comes first; the draft waits
    } finally {
      setSending(false);
    }
  };

  const importTool = (
    <button
      type="button"
      class="button button-quiet"
      onClick={() => go({ view: 'import', new: undefined, like: undefined }, { replace: true })}
    >
      {t('empty.import')}
    </button>
  );
  return (
    <Dialog title={t('create.title')} wide onClose={close} tools={importTool}>
      <form ref={form} noValidate onSubmit={submit} onInput={() => (key.current = newKey())}>
        {back && (
          <p class="banner" role="status">
            <span class="grow">{t('create.back')}</span>
            <button type="button" class="button" onClick={() => afresh().then(() => setBack(false))}>
              {t('create.back.afresh')}
            </button>
          </p>
        )}
        {ready && types.value.length > 0 && <Body key={String(back)} tab={tab} setTab={setTab} />}
        {ready && types.value.length === 0 && <p class="muted">{t('create.none')}</p>}
        {!ready && (
          <p class="skeleton" role="status">
            <span class="sr-only">{t('loading')}</span>
          </p>
        )}
        <div class="dialog-foot">
          {leaving && <Leaving stay={() => setLeaving(false)} leave={discard} />}
          {!leaving && (
            <>
              <Summary />
              <label class="check text-[13px]">
                <input type="checkbox" checked={stay} onChange={(event) => setStay(event.currentTarget.checked)} />
                {t('create.another')}
              </label>
              <button type="button" class="button" onClick={close}>
                {t('cancel.dialog')}
              </button>
              <button class="button button-primary" disabled={!ready || sending}>
                {t('create.go')}
              </button>
            </>
          )}
        </div>
      </form>
    </Dialog>
  );
}
