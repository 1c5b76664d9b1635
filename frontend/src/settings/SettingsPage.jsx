import { addStrings, t } from '../lib/strings.js';
import { go, route } from '../lib/urlstate.js';
import { Tabs } from '../ui/Tabs.jsx';
import { Alerts } from './Alerts.jsx';
import { Audit } from './Audit.jsx';
import { Keys } from './Keys.jsx';
import { en } from './strings.en.js';

addStrings(en);
const PARTS = { keys: Keys, alerts: Alerts, audit: Audit };

export default function SettingsPage() {
  const tab = route.value.tab in PARTS ? route.value.tab : 'keys';
  const Part = PARTS[tab];
  return (
    <div class="mx-auto max-w-4xl">
      <div class="page-head">
        <h1 class="text-lg font-semibold tracking-tight">{t('view.settings')}</h1>
      </div>
      <Tabs
        label={t('tab.label')}
        selected={tab}
        choose={(name) => go({ tab: name })}
        tabs={Object.keys(PARTS).map((name) => [name, t(`tab.${name}`)])}
      >
        <div class="pt-4">
          <Part />
        </div>
      </Tabs>
    </div>
  );
}
