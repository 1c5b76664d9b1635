import { useRef } from 'preact/hooks';
import { now } from '../lib/clock.js';
import { compactClock, day, duration, fullMoment, ms } from '../lib/format.js';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { offsetAt } from '../lib/zone.js';
import { useWidth } from '../ui/useWidth.js';
import { Chip } from './Chip.jsx';
import { CHIP, lanesOf, ROW } from './lanes.js';
import { dueAt, jobs, moving, origin, view } from './state.js';
import { axisOf } from './windows.js';

const NARROW = 640; // below this width a lane's name is above the lane, otherwise beside it
const HEAD = 30;
const GUTTER = 132;
const PAD = 10;
const MAX_NAME_LENGTH = 14;
const AXIS = 28;
const DAY = 86_400_000;

function Axis({ from, span, perPixel, width, height }) {
  const offset = offsetAt(from, zone.value);
  const { ticks } = axisOf(from, span, width, offset);
  const label = (at) => ((at + offset) % DAY === 0 ? day(at, zone.value) : compactClock(at, zone.value));
  return ticks.map((at) => {
    const x = (at - from) / perPixel;
    return (
      <g key={at}>
        <line class="grid-line" x1={x} x2={x} y1={AXIS - 4} y2={height} />
        {x < width - 64 && (
          <text class="axis" x={x + 4} y={AXIS - 10}>
            {label(at)}
          </text>
        )}
      </g>
    );
  });
}

/** Marks the new time of the job being moved. */
function DropLine({ x, height }) {
  return <line class="ghost" x1={x} x2={x} y1={AXIS} y2={height} />;
}

export function Readout() {
  const move = moving.value;
  const job = move && jobs.value?.find((other) => other.id === move.id);
  if (!job) return null;
  const by = move.to - ms(job.scheduled_at);
  const delta = `${by < 0 ? '−' : '+'}${duration(Math.abs(by))}`;
  return <strong>{t('timeline.moving', { time: fullMoment(move.to, zone.value), delta })}</strong>;
}

export function Board() {
  const [ref, full] = useWidth();
  const gutter = full < NARROW ? 0 : GUTTER;
  const head = full < NARROW ? HEAD : PAD;
  const width = full - gutter;
  const svg = useRef(null);
  const { span } = view.value;
  const from = origin.value;
  const perPixel = span / Math.max(1, width - CHIP);
  const x = (job) => (dueAt(job) - from) / perPixel;
  const resting = (job) => (moving.value?.id === job.id ? (ms(job.scheduled_at) - from) / perPixel : x(job));
  const lanes = lanesOf(jobs.value, resting);
  let y = AXIS;
  const placed = lanes.map((lane) => {
    const top = y;
    y += head + lane.rows * ROW + PAD - 6;
    return { ...lane, top };
  });
  const moved = moving.value && jobs.value.find((job) => job.id === moving.value.id);
  const focusNext = (from, step) => {
    const chips = [...svg.current.querySelectorAll('.chip-job')];
    chips[chips.indexOf(from) + step]?.focus();
  };
  return (
    <div ref={ref} class="board">
      <svg
        ref={svg}
        width={full}
        height={y}
        viewBox={`${-gutter} 0 ${full} ${y}`}
        role="group"
        aria-label={t('view.timeline')}
      >
        <Axis from={from} span={span} perPixel={perPixel} width={width} height={y} />
        <line class="now-line" x1={(now.value - from) / perPixel} x2={(now.value - from) / perPixel} y1={AXIS} y2={y} />
        {moved && <DropLine x={x(moved)} height={y} />}
        {placed.map((lane) => (
          <g key={lane.type}>
            <line class="grid-line" x1={-gutter} x2={width} y1={lane.top + 0.5} y2={lane.top + 0.5} />
            <text class="lane-name" x={4 - gutter} y={lane.top + (gutter ? 26 : 20)}>
              {lane.type.length > MAX_NAME_LENGTH ? `${lane.type.slice(0, MAX_NAME_LENGTH)}…` : lane.type}
              <tspan class="axis" dx="8">
                {lane.count}
                {lane.hidden > 0 && ', '}
              </tspan>
              {lane.hidden > 0 && (
                <tspan class="axis" x={gutter ? 4 - gutter : undefined} dy={gutter ? 18 : 0}>
                  {t('timeline.hidden', { n: lane.hidden })}
                </tspan>
              )}
            </text>
            {lane.chips.map(({ job, row }) => (
              <Chip
                key={job.id}
                job={job}
                x={x(job)}
                y={lane.top + head + row * ROW}
                perPixel={perPixel}
                focusNext={focusNext}
              />
            ))}
          </g>
        ))}
      </svg>
    </div>
  );
}
