// The whole view is in the query string, so every view is a link and any static host can serve it.
import { computed, signal } from '@preact/signals';

export const VIEWS = ['jobs', 'overview', 'timeline', 'import'];
const LISTS = ['status', 'type'];
export const SCALARS = [
  'priority_min',
  'priority_max',
  'scheduled_from',
  'scheduled_to',
  'created_from',
  'created_to',
  'q',
];
const HIDDEN_VIEWS = ['settings']; // not in the main navigation
const SINGLE = ['tab', 'sort', 'cursor', 'job', 'new', 'like', 'range', 'window', 'dialog'];
export const DEFAULT_SORT = '-created_at';

/** "?status=failed,pending&job=…" → {view, status: [], type: [], q: …, sort, …}; unknown names are ignored. */
export function parseRoute(search) {
  const query = new URLSearchParams(search);
  const route = { view: [...VIEWS, ...HIDDEN_VIEWS].includes(query.get('view')) ? query.get('view') : 'jobs' };
  for (const name of LISTS)
    route[name] = query
      .getAll(name)
      .flatMap((value) => value.split(','))
      .filter(Boolean);
  for (const name of [...SCALARS, ...SINGLE]) if (query.get(name)) route[name] = query.get(name);
  return route;
}

/** The inverse. Defaults are left out to keep links short. */
export function formatRoute(route) {
  const query = new URLSearchParams();
  if (route.view !== 'jobs') query.set('view', route.view);
  for (const name of LISTS) if (route[name].length) query.set(name, route[name].join(','));
  for (const name of [...SCALARS, ...SINGLE]) if (route[name]) query.set(name, route[name]);
  if (route.sort === DEFAULT_SORT) query.delete('sort');
  const text = query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return text ? `?${text}` : '';
}

/** The names that GET /jobs, /jobs/count and the bulk calls have in common. */
export function filterOf(route) {
  const filter = {};
  for (const name of LISTS) if (route[name].length) filter[name] = route[name];
  for (const name of SCALARS)
    if (route[name]) filter[name] = name.startsWith('priority') ? Number(route[name]) : route[name];
  return filter;
}

export const route = signal(parseRoute(globalThis.location?.search ?? ''));
export const filter = computed(() => filterOf(route.value));
export const hasFilter = computed(() => Object.keys(filter.value).length > 0);

const LAYERS = ['job', 'new', 'dialog'];
const opens = (next, last) => LAYERS.some((name) => next[name] && !last[name]);

/** Changes part of the view and adds a history entry, or replaces the last one with `replace`. */
export const go = (patch, options) => afterBack(() => navigate({ ...route.peek(), ...patch }, options));

/** Opens another view: "?view=overview", or "" for the job table without filters. */
export const visit = (search, options) => afterBack(() => navigate(parseRoute(search), options));

let pendingSteps = null; // steps to run once history.back() has finished: it would discard entries pushed before

const afterBack = (step) => (pendingSteps ? pendingSteps.push(step) : step());

function navigate(next, { replace = false } = {}) {
  const last = route.peek();
  const search = formatRoute(next);
  if (search === formatRoute(last)) return;
  if (replace) history.replaceState(history.state, '', search || location.pathname);
  else history.pushState({ layer: opens(next, last) }, '', search || location.pathname);
  route.value = parseRoute(search);
}

/** Changes the filter, sort or search and returns to the first page. */
export const setFilter = (patch, options) => go({ cursor: undefined, ...patch }, options);

export const hrefOf = (patch) => formatRoute({ ...route.value, ...patch }) || '.';

/** The href of another view, without the current filters. */
export const viewHref = (patch) => formatRoute({ view: 'jobs', status: [], type: [], ...patch }) || '.';

/** Closes a drawer or dialog. Goes back if this page opened it, so that Back does not open it again. */
export function closeLayer(names) {
  if (history.state?.layer && !pendingSteps) {
    pendingSteps = [];
    return history.back();
  }
  return go(Object.fromEntries(names.map((name) => [name, undefined])), { replace: true });
}

if (globalThis.addEventListener && globalThis.location) {
  addEventListener('popstate', () => {
    route.value = parseRoute(location.search);
    const steps = pendingSteps ?? [];
    pendingSteps = null;
    for (const step of steps) step();
  });
}
