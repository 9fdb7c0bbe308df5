// Marks kept on this phone: one IndexedDB store, in the order made. A kept mark: {client_id, reader, session, enrolment, mark, base,
// marked_at, state}. state: waiting | sent | conflict | refused (with detail).

const NAME = 'cse-register', STORE = 'marks';

const open = () => new Promise((resolve, reject) => {
  const asked = indexedDB.open(NAME, 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore(STORE, { keyPath: 'n', autoIncrement: true }).createIndex('client_id', 'client_id', { unique: true });
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

const within = async (mode, act) => {
  const db = await open();
  try {
    return await new Promise((resolve, reject) => {
      const change = db.transaction(STORE, mode);
      let result;
      change.oncomplete = () => resolve(result);
      change.onerror = change.onabort = () => reject(change.error);
      const asked = act(change.objectStore(STORE));
      if (asked) asked.onsuccess = () => { result = asked.result; };
    });
  } finally { db.close(); }
};

export const all = () => within('readonly', (store) => store.getAll());
export const add = (marks) => within('readwrite', (store) => { for (const mark of marks) store.add(mark); });
export const put = (marks) => within('readwrite', (store) => { for (const mark of marks) store.put(mark); });
export const drop = (marks) => within('readwrite', (store) => { for (const mark of marks) store.delete(mark.n); });
