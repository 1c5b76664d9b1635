import { useEffect, useRef, useState } from 'preact/hooks';
import { call } from '../lib/api.js';
import { refresh } from '../lib/poll.js';
import { signedOut, signIn, signInError } from '../lib/session.js';
import { addStrings, messageOf, t } from '../lib/strings.js';
import { loadCurrentUser } from '../state/currentUser.js';
import { Icon } from '../ui/Icon.jsx';
import { en } from './strings.en.js';

addStrings(en);

const LOCAL_HOSTS = new Set(['127.0.0.1', 'localhost']); // served by `make up`

/** The owner of the key; null if the API has no GET /me. */
async function ownerOf(key) {
  try {
    return (await call('/me', { bearer: key })).data;
  } catch (fault) {
    if (fault.status === 404) return null;
    throw fault.status === 401 ? new Error(t('signin.unknown')) : fault;
  }
}

function KeyForm({ oidc }) {
  const [fault, setFault] = useState(null);
  const [busy, setBusy] = useState(false);
  const box = useRef(null);
  useEffect(() => {
    if (!oidc) box.current.focus();
  }, [oidc]);
  const submit = async (event) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get('key').trim();
    if (!key) return;
    setBusy(true);
    try {
      signIn(key, await ownerOf(key));
      refresh();
    } catch (error) {
      setFault(error.status === undefined ? error.message : messageOf(error));
      setBusy(false);
    }
  };
  return (
    <form class="space-y-4" onSubmit={submit} onInput={() => setFault(null)}>
      <div>
        <label class="label" for="key">
          {t('signin.key')}
        </label>
        <input
          ref={box}
          id="key"
          name="key"
          type="password"
          class="input mono"
          autocomplete="off"
          spellcheck={false}
          required
          aria-invalid={fault ? 'true' : undefined}
          aria-describedby="key-help"
        />
        <p id="key-help" class={fault ? 'note mt-1 error-text' : 'note mt-1'} role={fault ? 'alert' : undefined}>
          {fault ?? t('signin.text')}
        </p>
        {LOCAL_HOSTS.has(location.hostname) && <p class="note mt-1">{t('signin.here')}</p>}
      </div>
      <button type="submit" class={`button w-full ${oidc ? '' : 'button-primary'}`} disabled={busy}>
        {t('signin.go')}
      </button>
    </form>
  );
}

function Issuer({ offer }) {
  const startOidc = async () => {
    try {
      await (await import('./oidc.js')).begin(offer);
    } catch (error) {
      signInError.value = error.message;
    }
  };
  return (
    <>
      <button type="button" class="button button-primary w-full" onClick={startOidc}>
        {t('signin.oidc', { host: new URL(offer.issuer).host })}
      </button>
      <p class="or">
        <span>{t('signin.or')}</span>
      </p>
    </>
  );
}

export default function SignIn() {
  const [offer, setOffer] = useState(null);
  useEffect(
    () =>
      void call('/sign-in')
        .then(({ data }) => setOffer(data))
        .catch(() => setOffer({ oidc: null })),
    [],
  );
  return (
    <section class="card mx-auto mt-12 max-w-sm space-y-4 p-6">
      <h1 class="heading">{t('signin.title')}</h1>
      {signedOut.value === 'ended' && !signInError.value && (
        <p class="muted" role="status">
          {t('signin.ended')}
        </p>
      )}
      {signedOut.value === 'unknown' && !signInError.value && (
        <p class="error-text" role="alert">
          {t('signin.unknown')}
        </p>
      )}
      {signInError.value && (
        <p class="error-text break-words" role="alert">
          <Icon name="warn" class="inline" /> {t('signin.trouble', { why: signInError.value })}
        </p>
      )}
      {offer?.oidc && <Issuer offer={offer.oidc} />}
      {offer?.insecure && (
        <button
          type="button"
          class="button w-full"
          onClick={() => {
            signIn(null);
            refresh().then(loadCurrentUser);
          }}
        >
          {t('signin.insecure')}
        </button>
      )}
      {offer && <KeyForm oidc={offer.oidc} />}
      {!offer && (
        <p class="skeleton" role="status">
          <span class="sr-only">{t('loading')}</span>
        </p>
      )}
    </section>
  );
}
