import { signIn } from '../lib/api.js';
import { refresh } from '../lib/poll.js';
import { t } from '../lib/strings.js';

export default function SignIn() {
  const submit = (event) => {
    event.preventDefault();
    const key = new FormData(event.currentTarget).get('key').trim();
    if (!key) return;
    signIn(key);
    refresh();
  };
  return (
    <form class="card mx-auto mt-16 max-w-sm space-y-4 p-6" onSubmit={submit}>
      <h1 class="heading">{t('signin.title')}</h1>
      <p class="muted">{t('signin.text')}</p>
      <div>
        <label class="label" for="key">{t('signin.key')}</label>
        <input id="key" name="key" type="password" class="input" autocomplete="off" required autofocus />
      </div>
      <button class="button button-primary w-full">{t('signin.go')}</button>
    </form>
  );
}
