// Keeps started imports in IndexedDB, so that they can be resumed after the tab was closed.

const NAME = 'tickwork';
const STORE = 'imports';

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'hash' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Runs one request in its own transaction; resolves once the transaction is complete. */
async function transact(mode, makeRequest) {
  const database = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(STORE, mode);
      const request = makeRequest(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

export const savePlan = (plan) => transact('readwrite', (store) => store.put(plan));
export const deletePlan = (hash) => transact('readwrite', (store) => store.delete(hash));
export const findPlan = (hash) => transact('readonly', (store) => store.get(hash));
export const unfinishedPlans = async () =>
  (await transact('readonly', (store) => store.getAll())).filter((plan) => plan.finishedAt === null);
