// Who is signed in, and with what. The key lives in memory and in this tab's sessionStorage: a reload goes on, a closed tab forgets.
import { signal } from '@preact/signals';

const PREFIX = 'tickwork.';
const ROLES = ['viewer', 'operator', 'admin'];

/** Null when the browser keeps no storage: then everything lasts as long as the page. */
export function recall(name) {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + name));
  } catch {
    return null;
  }
}

export function note(name, value) {
  try {
    if (value === null) sessionStorage.removeItem(PREFIX + name);
    else sessionStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // see recall
  }
}

let key = recall('key');
export const bearer = () => key;
export const who = signal(recall('who')); // {name, role, via, expires_at}, or null while nobody has said
export const signedOut = signal(null); // null, or why the sign-in page is shown: "new" | "unknown" | "ended"
export const trouble = signal(null); // what went wrong at the issuer, in words

/** Unknown is not forbidden: the API decides, this only spares a person buttons that it would refuse. */
export const may = (role) => !role || !who.value || ROLES.indexOf(who.value.role) >= ROLES.indexOf(role);

export function meet(person) {
  if (JSON.stringify(person) !== JSON.stringify(who.peek())) who.value = person;
  note('who', person);
}

export function signIn(token, person = null) {
  key = token;
  note('key', token);
  meet(person);
  signedOut.value = trouble.value = null;
}

function reasonToSignIn() {
  if (!key) return 'new';
  return who.peek() ? 'ended' : 'unknown'; // nobody was met: it never worked
}

/** The API answered 401 to `used`; an answer that comes after another key was given says nothing about that one. */
export function refused(used) {
  if (used !== key) return;
  signedOut.value ??= reasonToSignIn();
  key = null;
  note('key', null);
  meet(null);
}

/** Forgets everything of this session, drafts too; what the page holds in memory goes with the page. */
export function signOut() {
  for (const name of ['key', 'who', 'draft', 'signin']) note(name, null);
  location.replace(location.pathname);
}

/** Takes the key out of a link such as https://host/#key=…, so that neither the address bar nor the history keeps it. */
export function takeKey() {
  const given = new URLSearchParams(location.hash.slice(1)).get('key');
  if (!given) return false;
  history.replaceState(history.state, '', location.pathname + location.search);
  signIn(given);
  return true;
}
