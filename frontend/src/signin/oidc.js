// Signing in at an OpenID Connect issuer: authorization code with PKCE (S256), state and nonce, by the browser's own WebCrypto.
import { note, recall } from '../lib/session.js';
import { learn, t } from '../lib/strings.js';
import { en } from './strings.en.js';

learn(en);
const PENDING = 'signin';
const LONGEST_MS = 600_000;

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

function need(fact, why) {
  if (!fact) throw new Error(t(`signin.bad.${why}`));
}

/** An address that a code or token may be sent to: https, or this very machine. */
function safe(address) {
  const url = new URL(address);
  need(
    url.protocol === 'https:' || (url.protocol === 'http:' && ['localhost', '127.0.0.1'].includes(url.hostname)),
    'address',
  );
  return url;
}

/** Leaves for the issuer. `offer`: {issuer, authorization_endpoint, token_endpoint, client_id, scope}. */
export async function begin({ issuer, authorization_endpoint: authorize, token_endpoint: token, client_id, scope }) {
  need(globalThis.crypto?.subtle, 'context');
  const redirect_uri = location.origin + location.pathname;
  const [state, nonce, verifier] = [random(), random(), random()];
  note(PENDING, {
    issuer,
    token: safe(token).href,
    client_id,
    redirect_uri,
    state,
    nonce,
    verifier,
    back: location.search,
    at: Date.now(),
  });
  const address = safe(authorize);
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
 * The claims that this very sign-in can check. The token came from the issuer over TLS, so its signature adds nothing here
 * (OpenID Connect Core 3.1.3.7); the API checks it at every call.
 */
function checkIdToken(token, { issuer, client_id, nonce }) {
  const claims = JSON.parse(new TextDecoder().decode(fromBase64url(token.split('.')[1])));
  need(claims.nonce === nonce, 'nonce');
  need(
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
  const said = await answer.json();
  if (!answer.ok) throw new Error(said.error_description || said.error || `HTTP ${answer.status}`);
  return said;
}

/** Back from the issuer. → the tokens that an API could take, the likelier first. Throws an Error with words. */
export async function finish(query) {
  const pending = recall(PENDING);
  note(PENDING, null); // one answer for one question
  need(pending && query.get('state') === pending.state && Date.now() - pending.at < LONGEST_MS, 'state');
  need(!query.has('iss') || query.get('iss') === pending.issuer, 'state');
  if (query.has('error')) throw new Error(query.get('error_description') || query.get('error'));
  const { access_token: access, id_token: identity } = await exchange(pending, query.get('code'));
  if (identity) checkIdToken(identity, pending);
  const tokens = [access, identity].filter(isJwt); // many an access token is opaque, or meant for the issuer's own API
  need(tokens.length, 'token');
  return tokens;
}
