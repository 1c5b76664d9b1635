import { now } from '../lib/clock.js';
import { clock, duration, firstLine, ms } from '../lib/format.js';
import { stringify } from '../lib/json.js';
import { zone } from '../lib/prefs.js';
import { outcomeLabel, t } from '../lib/strings.js';
import { CopyButton } from '../ui/CopyButton.jsx';
import { Time } from '../ui/Time.jsx';

const TONES = {
  completed: 'fill-completed',
  failed: 'fill-failed',
  expired: 'fill-failed',
  retry: 'fill-retry',
  cancelled: 'fill-cancelled',
};
const toneOf = (outcome) => (outcome === null ? 'fill-running' : (TONES[outcome] ?? 'fill-cancelled'));

const WIDTH = 640;
const BAR = 14;
const MIN_BAR = 3; // short attempts stay visible

/** All attempts on one time axis: how long each ran and how long the job waited in between. */
function Lane({ attempts, start }) {
  const ends = attempts.map((attempt) => ms(attempt.finished_at) ?? now.value);
  const from = Math.min(start, ms(attempts[0].started_at));
  const scale = WIDTH / Math.max(1, Math.max(...ends) - from);
  return (
    <svg class="lane" viewBox={`0 0 ${WIDTH} ${BAR}`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="lane-ground" width={WIDTH} height={BAR} rx="3" />
      {attempts.map((attempt, index) => {
        const x = Math.min(WIDTH - MIN_BAR, (ms(attempt.started_at) - from) * scale);
        return (
          <rect
            key={attempt.attempt}
            class={`lane-bar ${toneOf(attempt.outcome)}`}
            x={x}
            width={Math.max(MIN_BAR, (ends[index] - ms(attempt.started_at)) * scale)}
            height={BAR}
            rx="2"
          />
        );
      })}
    </svg>
  );
}

function LogLine({ line }) {
  const { at, message, ...fields } = line;
  const rest = Object.entries(fields);
  return (
    <li class="log-line">
      <time class="faint" dateTime={at}>
        {at && !Number.isNaN(Date.parse(at)) ? clock(Date.parse(at), zone.value, true) : ''}
      </time>
      <span class="min-w-0 break-words">
        {typeof message === 'string' ? message : stringify(message ?? null)}
        {rest.map(([name, value]) => (
          <span key={name} class="faint">
            {' '}
            {name}={typeof value === 'string' ? value : stringify(value)}
          </span>
        ))}
      </span>
    </li>
  );
}

function Failure({ error }) {
  const first = firstLine(error);
  const stack = error.slice(first.length).replace(/^\n+/, '');
  return (
    <div class="failure">
      <p class="error-text break-words" tabIndex={0}>
        {first}
      </p>
      {stack && (
        <div class="code-box">
          <pre class="code" tabIndex={0}>
            {stack}
          </pre>
          <CopyButton text={error} quiet />
        </div>
      )}
    </div>
  );
}

function Attempt({ attempt, open, waited }) {
  const running = attempt.finished_at === null;
  const took = (ms(attempt.finished_at) ?? now.value) - ms(attempt.started_at);
  return (
    <>
      {waited > 0 && <li class="gap-line">{t('job.gap', { time: duration(waited) })}</li>}
      <li class={`attempt ${toneOf(attempt.outcome)}`}>
        <details open={open}>
          <summary class="attempt-head">
            <strong>{t('job.attempt', { number: attempt.attempt })}</strong>
            <span class="tone">{outcomeLabel(attempt.outcome)}</span>
            <span class="faint ml-auto">
              <Time at={attempt.started_at} />, {duration(Math.max(0, took))}
              {running && '…'}
            </span>
          </summary>
          {attempt.error && <Failure error={attempt.error} />}
          {attempt.logs.length > 0 && (
            <>
              <p class="note mt-2">{t('job.logs', { n: attempt.logs.length })}</p>
              <ol class="logs" tabIndex={0} aria-label={t('job.logs', { n: attempt.logs.length })}>
                {attempt.logs.map((line, index) => (
                  <LogLine key={index} line={line} />
                ))}
              </ol>
            </>
          )}
        </details>
      </li>
    </>
  );
}

/** Every attempt with its own error and logs. */
export function Attempts({ job }) {
  const attempts = [...job.attempts].sort((a, b) => a.attempt - b.attempt);
  const waited = (index) =>
    index === 0
      ? 0
      : ms(attempts[index].started_at) - (ms(attempts[index - 1].finished_at) ?? ms(attempts[index].started_at));
  return (
    <section class="panel">
      <header class="panel-head">
        <h3 class="heading">{t('job.attempts')}</h3>
        {attempts.length > 0 && <span class="note text-right">{t('job.took')}</span>}
      </header>
      {attempts.length === 0 && <p class="muted">{t('job.attempts.none')}</p>}
      {attempts.length > 0 && <Lane attempts={attempts} start={ms(job.created_at)} />}
      <ol class="attempts">
        {attempts.map((attempt, index) => (
          <Attempt
            key={attempt.attempt}
            attempt={attempt}
            waited={waited(index)}
            open={index === attempts.length - 1}
          />
        ))}
      </ol>
    </section>
  );
}
