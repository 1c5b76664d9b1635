import { useRef } from 'preact/hooks';
import { compactClock, fullMoment, ms, shortId } from '../lib/format.js';
import { zone } from '../lib/prefs.js';
import { hasRole } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { go } from '../lib/urlstate.js';
import { CHIP } from './lanes.js';
import { cancelMove, commitMove, dueAt, moving, notBeforeNow, view } from './state.js';
import { snapTo } from './windows.js';

const HEIGHT = 22;
const CLICK_PIXELS = 4; // a shorter drag is a click

/** One pending job. Moved by dragging or with the arrow keys; Enter saves, Esc cancels. */
export function Chip({ job, x, y, perPixel, focusNext }) {
  const start = useRef(null);
  const moved = moving.value?.id === job.id;

  const down = (event) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, at: ms(job.scheduled_at) };
  };
  const drag = (event) => {
    if (!start.current || !hasRole('operator')) return;
    const pixels = event.clientX - start.current.x;
    if (!moved && Math.abs(pixels) < CLICK_PIXELS) return;
    moving.value = { id: job.id, to: notBeforeNow(snapTo(start.current.at + pixels * perPixel, view.value.snap)) };
  };
  const up = () => {
    if (!start.current) return;
    start.current = null;
    if (moving.peek()?.id === job.id) commitMove(job);
    else open();
  };
  const cancelled = () => {
    start.current = null;
    cancelMove();
  };
  const nudge = (direction) => (event) => {
    const by = direction * (event.shiftKey ? view.value.big : view.value.step);
    moving.value = { id: job.id, to: notBeforeNow(dueAt(job) + by) };
  };
  const open = () => go({ job: job.id });
  const actions = {
    ArrowUp: (event) => focusNext(event.currentTarget, -1),
    ArrowDown: (event) => focusNext(event.currentTarget, 1),
    ArrowLeft: hasRole('operator') && nudge(-1),
    ArrowRight: hasRole('operator') && nudge(1),
    Enter: moved ? () => commitMove(job) : open,
    ' ': open,
    Escape: cancelled,
  };
  const handleKeyDown = (event) => {
    const action = actions[event.key];
    if (!action || (event.key === 'Escape' && !moved && !start.current)) return;
    action(event);
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <g
      class={`chip-job ${moved ? 'chip-moving' : ''} ${job.retries > 0 ? 'chip-retry' : ''}`}
      role="button"
      tabIndex={0}
      data-id={job.id}
      aria-label={t('timeline.job', { type: job.type, id: shortId(job.id), time: fullMoment(dueAt(job), zone.value) })}
      transform={`translate(${x} ${y})`}
      onPointerDown={down}
      onPointerMove={drag}
      onPointerUp={up}
      onPointerCancel={cancelled}
      onKeyDown={handleKeyDown}
      onBlur={() => moved && !start.current && cancelMove()}
    >
      <rect class="chip-hit" x={-1} y={-3} width={CHIP + 2} height={HEIGHT + 6} />
      <rect class="chip-body" width={CHIP} height={HEIGHT} rx="6" />
      <text class="chip-text" x={CHIP / 2} y={HEIGHT / 2 + 4} text-anchor="middle" aria-hidden="true">
        {compactClock(dueAt(job), zone.value)}
      </text>
      <title>{`${job.type} ${shortId(job.id)}\n${fullMoment(dueAt(job), zone.value)}`}</title>
    </g>
  );
}
