// config.json, next to index.html, holds the address of the API, so that one build fits every deployment.

/** {"api": "https://…" or "" for the page's own origin} → the address without a trailing slash. */
export async function loadConfig() {
  const answer = await fetch('./config.json'); // must match the preload in index.html
  if (!answer.ok) return { api: '' };
  const { api = '', ...rest } = await answer.json();
  return { ...rest, api: api.replace(/\/+$/, '') };
}

/** The policy in index.html allows any API; this second one restricts the page to its own. */
export function restrictConnections(api) {
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = `connect-src 'self' ${api ? new URL(api, location.href).origin : ''}`.trim();
  document.head.append(meta);
}
