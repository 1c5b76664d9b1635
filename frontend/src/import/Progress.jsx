import { t } from '../lib/strings.js';
import { visit } from '../lib/urlstate.js';
import { CopyButton } from '../ui/CopyButton.jsx';
import { Icon } from '../ui/Icon.jsx';
import { progressOf } from './plan.js';
import { discard, file, pause, paused, plan, reset, resume } from './state.js';

function Bar({ done, total }) {
  return (
    <div class="space-y-1.5">
      <progress
        class="progress"
        aria-label={t('import.progress', { done, total })}
        max={Math.max(1, total)}
        value={done}
      />
      <p role="status" class="tabular-nums">
        {t('import.progress', { done, total })}
      </p>
    </div>
  );
}

export function Sending() {
  const progress = progressOf(plan.value);
  return (
    <section class="card mx-auto max-w-2xl space-y-4 p-6">
      <h2 class="heading">{file.value.name}</h2>
      <Bar {...progress} />
      {paused.value === null ? (
        <button type="button" class="button" onClick={pause}>
          <Icon name="pause" />
          {t('import.pause')}
        </button>
      ) : (
        <>
          <p class="error-text" role="alert">
            {t('import.paused', { why: paused.value })}
          </p>
          <div class="flex gap-2">
            <button type="button" class="button button-primary" onClick={() => resume(plan.value)}>
              {t('import.resume')}
            </button>
            <button type="button" class="button" onClick={() => discard(plan.value.hash)}>
              {t('import.discard')}
            </button>
          </div>
        </>
      )}
    </section>
  );
}

function Report({ faults }) {
  const text = () => faults.map(({ line, message }) => `${line}\t${message}`).join('\n');
  return (
    <section>
      <header class="panel-head">
        <h3 class="heading">{t('import.report')}</h3>
        {faults.length > 0 && <CopyButton text={text} label={t('import.report.copy')} />}
      </header>
      {faults.length === 0 && <p class="muted">{t('import.report.none')}</p>}
      {faults.length > 0 && (
        <div class="data-table" tabIndex={0}>
          <table class="plain-table report">
            <thead>
              <tr>
                <th scope="col">{t('import.line')}</th>
                <th scope="col">{t('import.faults')}</th>
              </tr>
            </thead>
            <tbody>
              {faults.map(({ line, message }) => (
                <tr key={line}>
                  <th scope="row">{line}</th>
                  <td>{message}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

export function Finished() {
  const { startedAt, faults } = plan.value;
  const { done } = progressOf(plan.value);
  const show = () => visit(`?created_from=${new Date(startedAt - 5000).toISOString()}`);
  return (
    <section class="card mx-auto max-w-2xl space-y-4 p-6">
      <h2 class="heading flex items-center gap-2">
        <Icon name="check" class="ok-text" />
        <span role="status">{t('import.finished', { n: done })}</span>
      </h2>
      <Report faults={faults} />
      <div class="flex flex-wrap gap-2">
        <button type="button" class="button button-primary" onClick={show}>
          {t('import.show')}
        </button>
        <button type="button" class="button" onClick={reset}>
          {t('import.another')}
        </button>
      </div>
    </section>
  );
}
