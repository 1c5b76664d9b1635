// The first step of a page that an issuer sent the browser back to, before any view is drawn.
import { call } from '../lib/api.js';
import { recall, signIn, trouble } from '../lib/session.js';
import { wordsOf } from '../lib/strings.js';
import { parseRoute, route } from '../lib/urlstate.js';

/** The first token that the API accepts is the session's. */
async function enter(tokens) {
  for (const token of tokens) {
    try {
      return signIn(token, (await call('/me', { bearer: token })).data);
    } catch (fault) {
      if (fault.status !== 401 || token === tokens.at(-1)) throw new Error(wordsOf(fault));
    }
  }
}

export async function comeBack() {
  const query = new URLSearchParams(location.search);
  if (!query.has('state') || !(query.has('code') || query.has('error'))) return;
  const pending = recall('signin');
  const back = pending?.back ?? '';
  history.replaceState(null, '', location.pathname + back); // a code is good once, and no one's to see
  route.value = parseRoute(back);
  if (!pending) return;
  try {
    const { finish } = await import('./oidc.js');
    await enter(await finish(query));
  } catch (error) {
    trouble.value = error.message;
  }
}
