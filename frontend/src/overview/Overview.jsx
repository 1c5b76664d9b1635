import { t } from '../lib/strings.js';
import { go } from '../lib/urlstate.js';
import { RANGES, range, statsState } from '../state/stats.js';
import { StatusStrip } from '../ui/StatusStrip.jsx';
import { Health, Percentiles } from './Figures.jsx';
import { Throughput } from './Throughput.jsx';
import { Types } from './Types.jsx';

function RangeChoice() {
  return (
    <fieldset class="segments">
      <legend class="sr-only">{t('overview.range')}</legend>
      {RANGES.map((name) => (
        <label key={name} class="segment">
          <input
            type="radio"
            name="range"
            class="sr-only"
            checked={range.value === name}
            onChange={() => go({ range: name })}
          />
          {name}
        </label>
      ))}
    </fieldset>
  );
}

function Skeleton() {
  return (
    <div class="overview-grid" role="status">
      <span class="sr-only">{t('loading')}</span>
      <div class="card h-72" />
      <div class="card h-72" />
    </div>
  );
}

export default function Overview() {
  const { data } = statsState.value;
  return (
    <>
      <div class="page-head">
        <h1 class="text-lg font-semibold tracking-tight">{t('view.overview')}</h1>
        <RangeChoice />
      </div>
      <StatusStrip />
      {!data && <Skeleton />}
      {data && (
        <div class="overview-grid">
          <div class="min-w-0">
            <Throughput throughput={data.throughput} />
          </div>
          <div class="overview-side">
            <Health stats={data} />
            <Percentiles title={t('overview.wait')} figures={data.wait_ms} />
            <Percentiles title={t('overview.run')} note={t('job.took')} figures={data.run_ms} />
          </div>
          <div class="min-w-0">{data.types.length > 0 && <Types rows={data.types} />}</div>
        </div>
      )}
    </>
  );
}
