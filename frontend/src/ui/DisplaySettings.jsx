import { absoluteTimes, shortcuts, theme, zone } from '../lib/prefs.js';
import { t } from '../lib/strings.js';
import { go } from '../lib/urlstate.js';
import { resolveZone, zoneNames } from '../lib/zone.js';

export function ZoneSelect({ id }) {
  return (
    <select id={id} class="input" value={zone.value} onChange={(event) => (zone.value = event.currentTarget.value)}>
      <option value="local">{t('zone.local', { zone: resolveZone('local') })}</option>
      {zoneNames().map((name) => (
        <option key={name} value={name}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Toggle({ label, of }) {
  return (
    <label class="check">
      <input type="checkbox" checked={of.value} onChange={(event) => (of.value = event.currentTarget.checked)} />
      {label}
    </label>
  );
}

export function DisplaySettings() {
  return (
    <div class="w-64 space-y-4">
      <fieldset>
        <legend class="label">{t('theme')}</legend>
        <div class="segments">
          {['system', 'light', 'dark'].map((choice) => (
            <label key={choice} class="segment">
              <input
                type="radio"
                name="theme"
                class="sr-only"
                checked={theme.value === choice}
                onChange={() => (theme.value = choice)}
              />
              {t(`theme.${choice}`)}
            </label>
          ))}
        </div>
      </fieldset>
      <div>
        <label class="label" for="settings-zone">
          {t('zone')}
        </label>
        <ZoneSelect id="settings-zone" />
      </div>
      <Toggle label={t('times.absolute')} of={absoluteTimes} />
      <Toggle label={t('shortcuts.on')} of={shortcuts} />
      <button type="button" class="button w-full" onClick={() => go({ dialog: 'help' })}>
        {t('help')}
      </button>
    </div>
  );
}
