import { useState } from 'preact/hooks';
import { t } from '../lib/strings.js';
import { Icon } from './Icon.jsx';

export function CopyButton({ text, label = t('copy'), quiet = false }) {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'function' ? text() : text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1600);
  };
  return (
    <button
      type="button"
      class={quiet ? 'icon-button' : 'button button-quiet'}
      onClick={copy}
      aria-label={quiet ? label : undefined}
      title={quiet ? label : undefined}
    >
      <Icon name={copied ? 'check' : 'copy'} />
      {!quiet && (copied ? t('copied') : label)}
      <span class="sr-only" role="status">
        {copied ? t('copied') : ''}
      </span>
    </button>
  );
}
