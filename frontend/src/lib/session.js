// The session: the key and its owner. Stored in sessionStorage, so that it survives a reload but not the tab.
import { signal } from '@preact/signals';

const PREFIX = 'tickwork.';
const ROLES = ['viewer', 'operator', 'admin'];

/** Null if the browser allows no storage; the session then lasts as long as the page. */
export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

export function remember(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // see recall
  }
}

let key = recall('key');
export const bearer = () => key;
export const currentUser = signal(recall('who')); // {name, role, via, expires_at}, or null while unknown
export const signedOut = signal(null); // null, or why the sign-in page is shown: "new" | "unknown" | "ended"
export const signInError = signal(null); // the message of a failed OIDC sign-in

/** True while the role is unknown. The API decides; this only hides buttons that it would reject. */
export const hasRole = (role) =>
  !role || !currentUser.value || ROLES.indexOf(currentUser.value.role) >= ROLES.indexOf(role);

export function setCurrentUser(person) {
  if (JSON.stringify(person) !== JSON.stringify(currentUser.peek())) currentUser.value = person;
  remember('who', person);
}

export function signIn(token, person = null) {
  key = token;
  remember('key', token);
  setCurrentUser(person);
  signedOut.value = signInError.value = null;
}

function reasonToSignIn() {
  if (!key) return 'new';
  return currentUser.peek() ? 'ended' : 'unknown'; // the owner was never loaded, so the key never worked
}

/** Ends the session after a 401, unless another key than `used` is in use by now. */
export function handleUnauthorized(used) {
  if (used !== key) return;
  signedOut.value ??= reasonToSignIn();
  key = null;
  remember('key', null);
  setCurrentUser(null);
}

/** Deletes the session with its drafts, and reloads the page to clear its memory. */
export function signOut() {
  for (const name of ['key', 'who', 'draft', 'signin']) remember(name, null);
  location.replace(location.pathname);
}

/** Signs in with the key of a link like https://host/#key=… and removes it from the address bar and the history. */
export function takeKeyFromUrl() {
  const given = new URLSearchParams(location.hash.slice(1)).get('key');
  if (!given) return false;
  history.replaceState(history.state, '', location.pathname + location.search);
  signIn(given);
  return true;
}
