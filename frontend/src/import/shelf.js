// Imports that were begun, in IndexedDB: a closed tab loses nothing, because what was created and what remains is known.

const NAME = 'tickwork';
const STORE = 'imports';

function opened() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'hash' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** One request in a transaction of its own; resolved once it is on the disk. */
async function run(mode, ask) {
  const database = await opened();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = ask(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const keep = (plan) => run('readwrite', (store) => store.put(plan));
export const forget = (hash) => run('readwrite', (store) => store.delete(hash));
export const find = (hash) => run('readonly', (store) => store.get(hash));
export const unfinished = async () =>
  (await run('readonly', (store) => store.getAll())).filter((plan) => plan.finishedAt === null);
