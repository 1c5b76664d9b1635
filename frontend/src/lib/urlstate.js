// The whole view is in the query string, so a view is a link and any host that serves one index.html will do.
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

/** "?status=failed,pending&job=…" → {view, status: [], type: [], q: …, sort, …}; what it does not know it leaves out. */
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

/** The inverse. Defaults are left out so that links stay short. */
export function formatRoute(route) {
  const query = new URLSearchParams();
  if (route.view !== 'jobs') query.set('view', route.view);
  for (const name of LISTS) if (route[name].length) query.set(name, route[name].join(','));
  for (const name of [...SCALARS, ...SINGLE]) if (route[name]) query.set(name, route[name]);
  if (route.sort === DEFAULT_SORT) query.delete('sort');
  const text = query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return text ? `?${text}` : '';
}

/** Only the names that GET /jobs, /jobs/count and the bulk calls share. */
export function filterOf(route) {
  const filter = {};
  for (const name of LISTS) if (route[name].length) filter[name] = route[name];
  for (const name of SCALARS)
    if (route[name]) filter[name] = name.startsWith('priority') ? Number(route[name]) : route[name];
  return filter;
}

export const route = signal(parseRoute(globalThis.location?.search ?? ''));
export const filter = computed(() => filterOf(route.value));
export const filtered = computed(() => Object.keys(filter.value).length > 0);

const LAYERS = ['job', 'new', 'dialog'];
const opens = (next, last) => LAYERS.some((name) => next[name] && !last[name]);

/** Changes part of the view. A step worth a press of the back button is pushed; typing in the search box replaces. */
export const go = (patch, options) => settled(() => navigate({ ...route.peek(), ...patch }, options));

/** Leaves the whole present view for another: "?view=overview", or "" for the job table without a filter. */
export const visit = (search, options) => settled(() => navigate(parseRoute(search), options));

let leaving = null; // steps that wait for a history.back() to arrive: it would take away what is pushed before that

const settled = (step) => (leaving ? leaving.push(step) : step());

function navigate(next, { replace = false } = {}) {
  const last = route.peek();
  const search = formatRoute(next);
  if (search === formatRoute(last)) return;
  if (replace) history.replaceState(history.state, '', search || location.pathname);
  else history.pushState({ layer: opens(next, last) }, '', search || location.pathname);
  route.value = parseRoute(search);
}

/** A filter, sort or search starts at the first page again. */
export const narrow = (patch, options) => go({ cursor: undefined, ...patch }, options);

export const hrefOf = (patch) => formatRoute({ ...route.value, ...patch }) || '.';

/** The href of a view of its own, without the present filters. */
export const viewHref = (patch) => formatRoute({ view: 'jobs', status: [], type: [], ...patch }) || '.';

/** Closes a drawer or dialog: by going back when this page opened it, so that Back does not open it again. */
export function leave(names) {
  if (history.state?.layer && !leaving) {
    leaving = [];
    return history.back();
  }
  return go(Object.fromEntries(names.map((name) => [name, undefined])), { replace: true });
}

if (globalThis.addEventListener && globalThis.location) {
  addEventListener('popstate', () => {
    route.value = parseRoute(location.search);
    const steps = leaving ?? [];
    leaving = null;
    for (const step of steps) step();
  });
}
