// Sign-in with OpenID Connect: authorization code with PKCE (S256), state and nonce, using WebCrypto.
import { recall, remember } from '../lib/session.js';
import { addStrings, t } from '../lib/strings.js';
import { en } from './strings.en.js';

addStrings(en);
const PENDING = 'signin';
const MAX_AGE_MS = 600_000;

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));
const challengeOf = async (verifier) =>
  base64url(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));

function ensure(fact, why) {
  if (!fact) throw new Error(t(`signin.bad.${why}`));
}

/** Parses a URL that may receive a code or token: https, or this machine. */
function trustedUrl(address) {
  const url = new URL(address);
  ensure(
    url.protocol === 'https:' || (url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname)),
    'address',
  );
  return url;
}

/** Redirects to the issuer. `offer`: {issuer, authorization_endpoint, token_endpoint, client_id, scope}. */
export async function begin({ issuer, authorization_endpoint: authorize, token_endpoint: token, client_id, scope }) {
  ensure(globalThis.crypto?.subtle, 'context');
  const redirect_uri = location.origin + location.pathname;
  const [state, nonce, verifier] = [random(), random(), random()];
  remember(PENDING, {
    issuer,
    token: trustedUrl(token).href,
    client_id,
    redirect_uri,
    state,
    nonce,
    verifier,
    back: location.search,
    at: Date.now(),
  });
  const address = trustedUrl(authorize);
  const query = {
    response_type: 'code',
    client_id,
    redirect_uri,
    scope,
    state,
    nonce,
    code_challenge: await challengeOf(verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
  location.assign(address);
}

/**
 * Checks nonce, issuer, audience and expiry. The token came from the issuer over TLS, so its signature need not be
 * verified here (OpenID Connect Core 3.1.3.7); the API verifies it on every call.
 */
function checkIdToken(token, { issuer, client_id, nonce }) {
  const claims = JSON.parse(new TextDecoder().decode(fromBase64url(token.split('.')[1])));
  ensure(claims.nonce === nonce, 'nonce');
  ensure(
    claims.iss === issuer && [claims.aud].flat().includes(client_id) && claims.exp * 1000 > Date.now() - 60_000,
    'token',
  );
}

const isJwt = (token) => token?.split('.').length === 3;

async function exchange({ token, client_id, redirect_uri, verifier }, code) {
  const body = new URLSearchParams({
    grant_type: 'authorization_code',
    code,
    redirect_uri,
    client_id,
    code_verifier: verifier,
  });
  const answer = await fetch(token, {
    method: 'POST',
    body,
    credentials: 'omit',
    headers: { Accept: 'application/json' },
  });
  const answerBody = await answer.json();
  if (!answer.ok) throw new Error(answerBody.error_description || answerBody.error || `HTTP ${answer.status}`);
  return answerBody;
}

/** Handles the redirect from the issuer. → tokens for the API, most likely first. Throws an Error to show. */
export async function finish(query) {
  const pending = recall(PENDING);
  remember(PENDING, null); // can be used once
  ensure(pending && query.get('state') === pending.state && Date.now() - pending.at < MAX_AGE_MS, 'state');
  ensure(!query.has('iss') || query.get('iss') === pending.issuer, 'state');
  if (query.has('error')) throw new Error(query.get('error_description') || query.get('error'));
  const { access_token: access, id_token: identity } = await exchange(pending, query.get('code'));
  if (identity) checkIdToken(identity, pending);
  const tokens = [access, identity].filter(isJwt); // access tokens are often opaque
  ensure(tokens.length, 'token');
  return tokens;
}
