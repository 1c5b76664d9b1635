// The same call as a terminal would make it.
import { stringify } from './json.js';

/** Single quotes end, an escaped one, and begin again: the only way a POSIX shell has. */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

export function createCurl(api, job) {
  return [`curl -X POST ${quote(`${api}/jobs`)} \\`, "  -H 'Content-Type: application/json' \\", `  -d ${quote(stringify(job, 2))}`].join('\n');
}

export const firstJobCurl = (api) =>
  createCurl(api, { type: 'email', payload: { to: 'you@example.com', subject: 'My first job', text: 'It works.' } });
