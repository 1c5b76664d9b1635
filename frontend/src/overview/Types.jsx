import { number } from '../lib/format.js';
import { STATUSES, styleOf } from '../lib/statuses.js';
import { statusLabel, t } from '../lib/strings.js';
import { viewHref, visit } from '../lib/urlstate.js';
import { linkTo } from '../ui/Link.jsx';

function Cell({ type, status, count }) {
  if (!count) return <td class="faint">0</td>;
  const href = viewHref({ type: [type], status: status ? [status] : [] });
  return (
    <td>
      <a class="count-link" href={href} onClick={linkTo(() => visit(href))}>
        {number(count)}
      </a>
    </td>
  );
}

function Share({ row, total }) {
  let x = 0;
  return (
    <svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">
      {STATUSES.map((status) => {
        const width = (row[status] / Math.max(1, total)) * 100;
        x += width;
        return (
          width > 0 && (
            <rect key={status} class={`share-bar ${styleOf(status).fill}`} x={x - width} width={width} height="8" />
          )
        );
      })}
    </svg>
  );
}

export function Types({ rows }) {
  return (
    <section class="card overflow-x-auto" tabIndex={0} aria-label={t('overview.types')}>
      <table class="type-table">
        <caption class="heading p-4 pb-2 text-left">{t('overview.types')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('col.type')}</th>
            <th scope="col" class="wide-only">
              <span class="sr-only">{t('strip.label')}</span>
            </th>
            {STATUSES.map((status) => (
              <th key={status} scope="col" class="text-right">
                {statusLabel(status)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => {
            const total = STATUSES.reduce((sum, status) => sum + row[status], 0);
            const href = viewHref({ type: [row.type] });
            return (
              <tr key={row.type}>
                <th scope="row">
                  <a class="count-link" href={href} onClick={linkTo(() => visit(href))}>
                    {row.type}
                  </a>
                </th>
                <td class="wide-only">
                  <Share row={row} total={total} />
                </td>
                {STATUSES.map((status) => (
                  <Cell key={status} type={row.type} status={status} count={row[status]} />
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
