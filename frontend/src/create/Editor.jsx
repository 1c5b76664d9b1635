import { apiAddress } from '../lib/api.js';
import { createCurl } from '../lib/curl.js';
import { t } from '../lib/strings.js';
import { types } from '../state/types.js';
import { CopyButton } from '../ui/CopyButton.jsx';
import { Tabs } from '../ui/Tabs.jsx';
import { draft, startDraft, visibleFaults } from './draft.js';
import { Form } from './Form.jsx';
import { JsonTab } from './JsonTab.jsx';

function TypeSelect({ type }) {
  const change = (event) => startDraft({ ...draft.peek(), type: event.currentTarget.value, payload: {} });
  return (
    <div class="field">
      <label class="label" for="create-type">
        {t('create.type')}
      </label>
      <select
        id="create-type"
        class="input"
        data-path="type"
        value={draft.value.type}
        onChange={change}
        aria-describedby="create-type-help"
      >
        {!type && <option value={draft.value.type}>{draft.value.type}</option>}
        {types.value.map((known) => (
          <option key={known.type} value={known.type}>
            {known.type}
          </option>
        ))}
      </select>
      <p id="create-type-help" class="note">
        {type?.description ?? visibleFaults.value.get('type')}
      </p>
    </div>
  );
}

function Curl() {
  const text = createCurl(apiAddress(), draft.value);
  return (
    <div class="code-box">
      <pre class="code" tabIndex={0}>
        {text}
      </pre>
      <CopyButton text={text} quiet />
    </div>
  );
}

/** The type of the new job, and the job itself as a form, as JSON or as a curl command. */
export function Editor({ tab, setTab }) {
  const type = types.value.find((known) => known.type === draft.value.type);
  return (
    <div class="space-y-4">
      <TypeSelect type={type} />
      <Tabs
        label={t('create.payload')}
        selected={tab}
        choose={setTab}
        tabs={['form', 'json', 'curl'].map((name) => [name, t(`create.${name}`)])}
      >
        <div class="pt-1">
          {tab === 'form' && type && <Form key={draft.value.type} schema={type.schema} />}
          {tab === 'json' && <JsonTab key={draft.value.type} />}
          {tab === 'curl' && <Curl />}
        </div>
      </Tabs>
    </div>
  );
}
