import { useState } from 'preact/hooks';
import { call, queryOf } from '../lib/api.js';
import { shortId } from '../lib/format.js';
import { stringify } from '../lib/json.js';
import { t } from '../lib/strings.js';
import { go, hrefOf } from '../lib/urlstate.js';
import { linkTo } from '../ui/Link.jsx';
import { Time } from '../ui/Time.jsx';
import { useMount } from '../ui/useMount.js';
import { Pending, Section } from './parts.jsx';

const PAGE = 50;

function detailText(detail) {
  if (typeof detail === 'string') return detail;
  return detail === null || detail === undefined ? '' : stringify(detail);
}

/** Without the ids, when the link already names the only job. */
function detailOf({ job_id: job, detail }) {
  if (!job || detail?.count !== 1) return detailText(detail);
  const { ids: _ids, count: _count, ...others } = detail;
  return detailText(others);
}

function Entry({ entry }) {
  const { at, actor, via, action, job_id: job, request_id: request } = entry;
  const detail = detailOf(entry);
  return (
    <li class="entry entry-low">
      <div class="min-w-0 grow">
        <p class="break-words">
          <strong class="break-all">{actor}</strong> <span class="faint">{via}</span> · {action}
          {job && (
            <>
              {' '}
              ·{' '}
              <a class="link whitespace-nowrap" href={hrefOf({ job })} onClick={linkTo(() => go({ job }))}>
                {t('audit.job', { id: shortId(job) })}
              </a>
            </>
          )}
        </p>
        {detail && detail !== '{}' && (
          <p class="note break-all">
            <code>{detail}</code>
          </p>
        )}
        {request && <p class="note break-all">{t('audit.request', { id: request })}</p>}
      </div>
      <span class="note">
        <Time at={at} />
      </span>
    </li>
  );
}

export function Audit() {
  const [items, setItems] = useState([]);
  const [cursor, setCursor] = useState(null); // null at the end and before the first page
  const [fault, setFault] = useState(null);
  const [loading, setLoading] = useState(true);
  const load = async (from) => {
    setLoading(true);
    try {
      const { data } = await call(`/audit${queryOf({ limit: PAGE, cursor: from })}`);
      setItems((known) => (from ? [...known, ...data.items] : data.items));
      setCursor(data.next_cursor ?? null);
      setFault(null);
    } catch (error) {
      setFault(error);
    }
    setLoading(false);
  };
  useMount(() => void load());
  return (
    <Section title={t('tab.audit')} text={t('audit.text')}>
      {items.length === 0 && !loading && !fault && <p class="muted px-4 pb-4">{t('audit.none')}</p>}
      <ul class="entries">
        {items.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ul>
      {(fault || (loading && items.length === 0)) && <Pending fault={fault} reload={() => load(cursor ?? undefined)} />}
      {items.length > 0 && (
        <p class="section-foot">
          <span class="note grow" role="status">
            {t('audit.here', { n: items.length })}
          </span>
          {cursor && (
            <button type="button" class="button" disabled={loading} onClick={() => load(cursor)}>
              {t('audit.more')}
            </button>
          )}
        </p>
      )}
    </Section>
  );
}
