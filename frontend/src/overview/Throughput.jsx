import { useState } from 'preact/hooks';
import { clock, day, duration, moment, number, percent } from '../lib/format.js';
import { zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { useWidth } from '../ui/useWidth.js';
import { labelPlaces, layout, sumOf } from './bars.js';

const HEIGHT = 190;
const AXIS = 22;
const TOP = 8; // room for the upper half of the highest label
const LABEL = 56;
const GUTTER = 44;
const DAY_SECONDS = 86_400;

const edgeLabel = (at, bucket) => (bucket * 48 > DAY_SECONDS ? day(at, zone.value) : clock(at, zone.value));

function Grid({ top, width, height }) {
  return [0, 0.5, 1].map((part) => (
    <g key={part}>
      <line
        class="grid-line"
        x1={GUTTER}
        x2={GUTTER + width}
        y1={height - part * height + 0.5}
        y2={height - part * height + 0.5}
      />
      <text class="axis" x={GUTTER - 8} y={height - part * height + 4} text-anchor="end">
        {number(top * part)}
      </text>
    </g>
  ));
}

function Legend({ sum }) {
  const ended = sum.completed + sum.failed + sum.retried;
  return (
    <div class="legend">
      <dl class="contents">
        {['completed', 'retried', 'failed'].map((part) => (
          <div key={part} class="flex items-baseline gap-1.5">
            <dt class="flex items-center gap-1.5 text-ink-2">
              <span class={`swatch bar-${part}`} />
              {t(`overview.${part}`)}
            </dt>
            <dd class="font-semibold">{number(sum[part])}</dd>
          </div>
        ))}
      </dl>
      {ended > 0 && (
        <p class="note">
          {percent(sum.completed / ended)} {t('overview.rate')}
        </p>
      )}
    </div>
  );
}

function DataTable({ points }) {
  const filled = points.filter((point) => point.completed + point.failed + point.retried > 0);
  return (
    <details class="mt-2">
      <summary class="note">{t('overview.table')}</summary>
      <div class="data-table" tabIndex={0}>
        <table class="plain-table">
          <thead>
            <tr>
              {['time', 'completed', 'retried', 'failed'].map((name) => (
                <th key={name} scope="col">
                  {t(`overview.${name}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {filled.map((point) => (
              <tr key={point.at}>
                <th scope="row">{moment(Date.parse(point.at), zone.value)}</th>
                <td>{number(point.completed)}</td>
                <td>{number(point.retried)}</td>
                <td>{number(point.failed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}

function readoutOf(point) {
  const counts = ['completed', 'retried', 'failed'].map((part) => `${number(point[part])} ${t(`overview.${part}`)}`);
  return `${moment(Date.parse(point.at), zone.value)}: ${counts.join(', ')}`;
}

/** Stacked bars; the pointer or the arrow keys read one out. The last bar is still filling and is drawn pale. */
export function Throughput({ throughput }) {
  const { bucket_seconds: bucket, points } = throughput;
  const [ref, full] = useWidth();
  const [at, setAt] = useState(null);
  const width = Math.max(120, full - GUTTER);
  const height = HEIGHT - AXIS - TOP;
  const { top, bars, step } = layout(points, width, height);
  const read = at === null ? null : points[at];
  const point = (event) => {
    const index = Math.floor((event.clientX - event.currentTarget.getBoundingClientRect().left - GUTTER) / step);
    setAt(index >= 0 && index < points.length ? index : null);
  };
  const handleKeyDown = (event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1, Home: -points.length, End: points.length }[event.key];
    if (!move) return;
    event.preventDefault();
    setAt(Math.max(0, Math.min(points.length - 1, (at ?? points.length - 1) + move)));
  };
  return (
    <section class="card p-4" aria-label={t('overview.throughput')}>
      <header class="mb-3 flex flex-wrap items-baseline justify-between gap-2">
        <h2 class="heading">
          {t('overview.throughput')}{' '}
          <span class="note font-normal">
            {read ? moment(Date.parse(read.at), zone.value) : t('overview.per', { time: duration(bucket * 1000) })}
          </span>
        </h2>
        <Legend sum={read ?? sumOf(points)} />
      </header>
      <div
        ref={ref}
        class="chart"
        role="group"
        aria-label={t('overview.chart')}
        tabIndex={0}
        onKeyDown={handleKeyDown}
        onBlur={() => setAt(null)}
      >
        <svg
          width={GUTTER + width}
          height={HEIGHT}
          viewBox={`0 ${-TOP} ${GUTTER + width} ${HEIGHT}`}
          aria-hidden="true"
          onPointerMove={point}
          onPointerLeave={() => setAt(null)}
        >
          <Grid top={top} width={width} height={height} />
          {read && <rect class="chart-cursor" x={GUTTER + at * step} y={0} width={step} height={height} />}
          {bars.map((bar) => (
            <rect
              key={`${bar.place}${bar.part}`}
              class={`bar bar-${bar.part} ${bar.place === points.length - 1 ? 'bar-filling' : ''}`}
              x={GUTTER + bar.x}
              y={bar.y}
              width={bar.width}
              height={bar.height}
            />
          ))}
          {labelPlaces(points.length, width)
            .filter((index) => index * step < width - LABEL)
            .map((index) => (
              <text key={index} class="axis" x={GUTTER + index * step} y={height + 17}>
                {edgeLabel(Date.parse(points[index].at), bucket)}
              </text>
            ))}
        </svg>
        <p class="sr-only" aria-live="polite">
          {read && readoutOf(read)}
        </p>
      </div>
      {bars.length === 0 && <p class="muted">{t('overview.nothing')}</p>}
      <DataTable points={points} />
    </section>
  );
}
