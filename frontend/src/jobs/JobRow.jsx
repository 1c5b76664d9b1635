import { shortId } from '../lib/format.js';
import { hasRole } from '../lib/session.js';
import { canCancel, canMove, canRetry } from '../lib/statuses.js';
import { t } from '../lib/strings.js';
import { go, route } from '../lib/urlstate.js';
import { cancel, retry } from '../state/actions.js';
import { selected, toggleJob } from '../state/selection.js';
import { Icon } from '../ui/Icon.jsx';
import { COLUMNS } from './columns.jsx';

function Action({ name, icon, job, tabIndex, run }) {
  const label = `${t(`do.${name}`)} ${job.type} ${shortId(job.id)}`;
  return (
    <button
      type="button"
      class="icon-button row-action"
      aria-label={label}
      title={t(`do.${name}`)}
      tabIndex={tabIndex}
      onClick={run}
    >
      <Icon name={icon} />
    </button>
  );
}

function Actions({ job, tabIndex }) {
  const common = { job, tabIndex };
  if (!hasRole('operator')) return null;
  return (
    <span class="row-actions">
      {canMove(job) && (
        <Action {...common} name="reschedule" icon="calendar" run={() => go({ dialog: `reschedule.${job.id}` })} />
      )}
      {canRetry(job) && <Action {...common} name="retry" icon="retry" run={() => retry(job)} />}
      {canCancel(job) && <Action {...common} name="cancel" icon="cross" run={() => cancel(job)} />}
    </span>
  );
}

const onControl = (event) => event.target.closest('a, button, input, label');
const selecting = () => getSelection()?.type === 'Range';

/** Only the controls of the reachable row are tab stops; otherwise 50 rows would have 200. */
export function JobRow({ job, names, rows, reachable }) {
  const tabIndex = reachable ? 0 : -1;
  const isSelected = selected.value.has(job.id);
  const open = (event) => !onControl(event) && !selecting() && go({ job: job.id });
  return (
    <tr
      role="row"
      data-id={job.id}
      tabIndex={tabIndex}
      class={`job-row ${job.unmatched ? 'row-left' : ''}`}
      aria-selected={isSelected}
      aria-current={route.value.job === job.id ? 'true' : undefined}
      onClick={open}
    >
      {hasRole('operator') && (
        <td role="cell" class="col-select">
          <input
            type="checkbox"
            tabIndex={tabIndex}
            checked={isSelected}
            aria-label={t('table.select', { id: `${job.type} ${shortId(job.id)}` })}
            onClick={(event) => toggleJob(job, rows, { range: event.shiftKey })}
          />
        </td>
      )}
      {names.map((name) => {
        const Cell = COLUMNS[name].cell;
        return (
          <td key={name} role="cell" class={`col-${name} ${COLUMNS[name].numeric ? 'numeric' : ''}`}>
            <Cell job={job} tabIndex={tabIndex} />
          </td>
        );
      })}
      <td role="cell" class="col-actions">
        <Actions job={job} tabIndex={tabIndex} />
      </td>
    </tr>
  );
}
