// The commands of the palette: navigation, new jobs and some settings.
import { live, theme } from '../lib/prefs.js';
import { hasRole } from '../lib/session.js';
import { STATUSES } from '../lib/statuses.js';
import { statusLabel, t } from '../lib/strings.js';
import { go, setFilter, VIEWS, visit } from '../lib/urlstate.js';
import { typeNames } from '../state/stats.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const replace = { replace: true };
const visitLater = (search) => () => visit(search, replace);

const createCommands = () => [
  { label: t('new'), run: () => go({ dialog: undefined, new: '*' }, replace) },
  ...typeNames.value.map((type) => ({
    label: t('palette.create', { type }),
    run: () => go({ dialog: undefined, new: type }, replace),
  })),
];

function fixedCommands() {
  return [
    ...(hasRole('operator') ? createCommands() : []),
    ...[...VIEWS, ...(hasRole('admin') ? ['settings'] : [])].map((view) => ({
      label: t('palette.go', { view: t(`view.${view}`) }),
      run: visitLater(`?view=${view}`),
    })),
    ...STATUSES.map((status) => ({
      label: t('palette.show', { what: statusLabel(status).toLowerCase() }),
      run: visitLater(`?status=${status}`),
    })),
    ...typeNames.value.map((type) => ({
      label: t('palette.show', { what: type }),
      run: visitLater(`?type=${encodeURIComponent(type)}`),
    })),
    ...['system', 'light', 'dark'].map((name) => ({
      label: `${t('theme')}: ${t(`theme.${name}`)}`,
      stay: true,
      run: () => (theme.value = name),
    })),
    { label: t('keys.live'), stay: true, run: () => (live.value = !live.value) },
    { label: t('help'), run: () => go({ dialog: 'help' }, replace) },
  ];
}

function hasLettersInOrder(label, letters) {
  let index = -1;
  for (const letter of letters) {
    index = label.indexOf(letter, index + 1);
    if (index === -1) return false;
  }
  return true;
}

/** 2: the label contains the text. 1: it has the letters in order ("shf" finds "Show failed jobs"). 0: no match. */
function scoreOf(label, text) {
  const [haystack, needle] = [label.toLowerCase(), text.toLowerCase()];
  if (haystack.includes(needle)) return 2;
  return hasLettersInOrder(haystack, needle.replaceAll(' ', '')) ? 1 : 0;
}

/** → [{words, run, stay?}], best match first. `stay`: the palette closes and the view stays. */
export function commandsFor(text) {
  const wanted = text.trim();
  if (!wanted) return fixedCommands();
  if (UUID.test(wanted))
    return [
      {
        label: t('palette.open', { id: wanted }),
        run: () => go({ dialog: undefined, job: wanted.toLowerCase() }, replace),
      },
    ];
  const found = fixedCommands()
    .map((command) => ({ command, score: scoreOf(command.label, wanted) }))
    .filter(({ score }) => score > 0);
  found.sort((a, b) => b.score - a.score);
  const search = {
    label: t('palette.search', { text: wanted }),
    run: () => setFilter({ dialog: undefined, view: 'jobs', q: wanted }, replace),
  };
  return [...found.map(({ command }) => command), search];
}
