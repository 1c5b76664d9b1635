// Completes the sign-in when the issuer has redirected back, before anything is rendered.
import { call } from '../lib/api.js';
import { recall, signIn, signInError } from '../lib/session.js';
import { messageOf } from '../lib/strings.js';
import { parseRoute, route } from '../lib/urlstate.js';

/** Starts the session with the first token that the API accepts. */
async function signInWithFirstAccepted(tokens) {
  for (const token of tokens) {
    try {
      return signIn(token, (await call('/me', { bearer: token })).data);
    } catch (fault) {
      if (fault.status !== 401 || token === tokens.at(-1)) throw new Error(messageOf(fault));
    }
  }
}

export async function handleOidcReturn() {
  const query = new URLSearchParams(location.search);
  if (!query.has('state') || !(query.has('code') || query.has('error'))) return;
  const pending = recall('signin');
  const back = pending?.back ?? '';
  history.replaceState(null, '', location.pathname + back); // keeps the code out of the history
  route.value = parseRoute(back);
  if (!pending) return;
  try {
    const { finish } = await import('./oidc.js');
    await signInWithFirstAccepted(await finish(query));
  } catch (error) {
    signInError.value = error.message;
  }
}
