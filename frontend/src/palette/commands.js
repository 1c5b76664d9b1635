// What the palette offers: everywhere to go, everything to create, and the settings that are worth a word.
import { live, theme } from '../lib/prefs.js';
import { may } from '../lib/session.js';
import { STATUSES } from '../lib/statuses.js';
import { statusWord, t } from '../lib/strings.js';
import { go, narrow, VIEWS, visit } from '../lib/urlstate.js';
import { typeNames } from '../state/stats.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const replace = { replace: true };
const away = (search) => () => visit(search, replace);

const creating = () => [
  { words: t('new'), run: () => go({ dialog: undefined, new: '*' }, replace) },
  ...typeNames.value.map((type) => ({
    words: t('palette.create', { type }),
    run: () => go({ dialog: undefined, new: type }, replace),
  })),
];

function fixed() {
  return [
    ...(may('operator') ? creating() : []),
    ...[...VIEWS, ...(may('admin') ? ['settings'] : [])].map((view) => ({
      words: t('palette.go', { view: t(`view.${view}`) }),
      run: away(`?view=${view}`),
    })),
    ...STATUSES.map((status) => ({
      words: t('palette.show', { what: statusWord(status).toLowerCase() }),
      run: away(`?status=${status}`),
    })),
    ...typeNames.value.map((type) => ({
      words: t('palette.show', { what: type }),
      run: away(`?type=${encodeURIComponent(type)}`),
    })),
    ...['system', 'light', 'dark'].map((name) => ({
      words: `${t('theme')}: ${t(`theme.${name}`)}`,
      stay: true,
      run: () => (theme.value = name),
    })),
    { words: t('keys.live'), stay: true, run: () => (live.value = !live.value) },
    { words: t('help'), run: () => go({ dialog: 'help' }, replace) },
  ];
}

function hasLettersInOrder(words, letters) {
  let place = -1;
  for (const letter of letters) {
    place = words.indexOf(letter, place + 1);
    if (place === -1) return false;
  }
  return true;
}

/** Every letter of the typed text in order, words before letters: "shf" finds "Show failed jobs". */
function fits(words, text) {
  const [haystack, needle] = [words.toLowerCase(), text.toLowerCase()];
  if (haystack.includes(needle)) return 2;
  return hasLettersInOrder(haystack, needle.replaceAll(' ', '')) ? 1 : 0;
}

/** → [{words, run, stay?}], the best first. `stay`: the palette closes without going anywhere. */
export function commandsFor(text) {
  const wanted = text.trim();
  if (!wanted) return fixed();
  if (UUID.test(wanted))
    return [
      {
        words: t('palette.open', { id: wanted }),
        run: () => go({ dialog: undefined, job: wanted.toLowerCase() }, replace),
      },
    ];
  const found = fixed()
    .map((command) => ({ command, score: fits(command.words, wanted) }))
    .filter(({ score }) => score > 0);
  found.sort((a, b) => b.score - a.score);
  const search = {
    words: t('palette.search', { text: wanted }),
    run: () => narrow({ dialog: undefined, view: 'jobs', q: wanted }, replace),
  };
  return [...found.map(({ command }) => command), search];
}
