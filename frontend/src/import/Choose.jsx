import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { resolveZone } from '../lib/zone.js';
import { CopyButton } from '../ui/CopyButton.jsx';
import { Icon } from '../ui/Icon.jsx';
import { progressOf } from './plan.js';
import { fileError, openFile, resume } from './state.js';
import { deletePlan, unfinishedPlans } from './storage.js';

const EXAMPLE =
  'type,to,subject,text,priority,scheduled_at\nemail,ada@example.com,Welcome,Hello Ada,0,\n' +
  'email,grace@example.com,Reminder,Soon,5,2030-01-01T09:00:00Z\n';

function Unfinished({ plan, onDiscarded }) {
  const discard = () => deletePlan(plan.hash).then(onDiscarded);
  return (
    <li class="banner">
      <Icon name="warn" />
      <span class="grow">{t('import.unfinished', { name: plan.name, ...progressOf(plan) })}</span>
      <button type="button" class="button button-primary" onClick={() => resume(plan)}>
        {t('import.resume')}
      </button>
      <button type="button" class="button" onClick={discard}>
        {t('import.discard')}
      </button>
    </li>
  );
}

function UnfinishedImports() {
  const [plans, setPlans] = useState([]);
  const reload = useCallback(
    () =>
      unfinishedPlans()
        .then(setPlans)
        .catch(() => setPlans([])), // private windows have no storage
    [],
  );
  useEffect(() => void reload(), [reload]);
  return (
    plans.length > 0 && (
      <ul>
        {plans.map((plan) => (
          <Unfinished key={plan.hash} plan={plan} onDiscarded={reload} />
        ))}
      </ul>
    )
  );
}

export function Choose() {
  const input = useRef(null);
  return (
    <>
      <UnfinishedImports />
      {fileError.value && (
        <p class="banner banner-loud" role="alert">
          <Icon name="warn" />
          {fileError.value}
        </p>
      )}
      <section class="drop-box">
        <span class="empty-mark">
          <Icon name="file" />
        </span>
        <p class="max-w-prose">{t('import.text')}</p>
        <button type="button" class="button button-primary" onClick={() => input.current.click()}>
          {t('import.choose')}
        </button>
        <input
          ref={input}
          type="file"
          class="sr-only"
          tabIndex={-1}
          aria-label={t('import.choose')}
          accept=".json,.ndjson,.jsonl,.csv,.tsv,application/json,text/csv"
          onChange={(event) => event.currentTarget.files[0] && openFile(event.currentTarget.files[0])}
        />
        <p class="note max-w-prose">
          {t('import.help')} {t('import.zone', { zone: resolveZone(zone.value) })}
        </p>
        <div class="code-box">
          <pre class="code break-all whitespace-pre-wrap" role="group" tabIndex={0} aria-label={t('import.template')}>
            {EXAMPLE}
          </pre>
          <CopyButton text={EXAMPLE} label={`${t('copy')}: ${t('import.template')}`} quiet />
        </div>
      </section>
    </>
  );
}
