// What a page keeps on the device: one IndexedDB store, in the order made; each thing gets its number as `n`.
// Written through to the disk, so that it outlives a battery.

export const kept = (name, storeName, unique) => {
  const open = () => new Promise((resolve, reject) => {
    const asked = indexedDB.open(name, 1);
    asked.onupgradeneeded = () => asked.result.createObjectStore(storeName, { keyPath: 'n', autoIncrement: true }).createIndex(unique, unique, { unique: true });
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  const within = async (mode, act) => {
    const db = await open();
    try {
      return await new Promise((resolve, reject) => {
        const change = db.transaction(storeName, mode, { durability: 'strict' });
        let result;
        change.oncomplete = () => resolve(result);
        change.onerror = change.onabort = () => reject(change.error);
        const asked = act(change.objectStore(storeName));
        if (asked) asked.onsuccess = () => { result = asked.result; };
      });
    } finally { db.close(); }
  };
  return {
    all: () => within('readonly', (store) => store.getAll()),
    add: (things) => within('readwrite', (store) => { for (const thing of things) store.add(thing); }),
    put: (things) => within('readwrite', (store) => { for (const thing of things) store.put(thing); }),
    drop: (things) => within('readwrite', (store) => { for (const thing of things) store.delete(thing.n); }),
    // Gives every thing to `alter`, and keeps what it returns in its place: undefined changes nothing, null drops it.
    alter: (alter) => within('readwrite', (store) => {
      store.openCursor().onsuccess = (event) => {
        const cursor = event.target.result;
        if (!cursor) return;
        const made = alter(cursor.value);
        if (made === null) cursor.delete();
        else if (made) cursor.update(made);
        cursor.continue();
      };
    }),
  };
};
