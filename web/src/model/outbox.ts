/** Changes that the server has not acknowledged, kept in this browser so that no reload loses them. */
import type { Change } from "./items";

export interface Outbox {
  put(imageId: string, change: Change): Promise<void>;
  remove(changeId: string): Promise<void>;
  /** Of one image, oldest first. */
  pending(imageId: string): Promise<Change[]>;
  /** Images that have any. */
  images(): Promise<string[]>;
}

/** Where a browser refuses IndexedDB: as long as the page lives. */
export class MemoryOutbox implements Outbox {
  private entries: { imageId: string; change: Change }[] = [];

  put(imageId: string, change: Change): Promise<void> {
    this.entries.push({ imageId, change });
    return Promise.resolve();
  }

  remove(changeId: string): Promise<void> {
    this.entries = this.entries.filter((entry) => entry.change.id !== changeId);
    return Promise.resolve();
  }

  pending(imageId: string): Promise<Change[]> {
    return Promise.resolve(this.entries.filter((entry) => entry.imageId === imageId).map((entry) => entry.change));
  }

  images(): Promise<string[]> {
    return Promise.resolve([...new Set(this.entries.map((entry) => entry.imageId))]);
  }
}

const STORE = "changes";

interface Row {
  order?: number;
  imageId: string;
  changeId: string;
  change: Change;
}

export class IndexedOutbox implements Outbox {
  private constructor(private readonly database: IDBDatabase) {}

  static async open(name = "ultrasam-outbox", factory: IDBFactory = indexedDB): Promise<IndexedOutbox> {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore(STORE, { keyPath: "order", autoIncrement: true });
      store.createIndex("imageId", "imageId");
      store.createIndex("changeId", "changeId");
    };
    const database = await answerOf(request);
    database.onversionchange = () => database.close();
    return new IndexedOutbox(database);
  }

  async put(imageId: string, change: Change): Promise<void> {
    const row: Row = { imageId, changeId: change.id, change };
    await this.written((store) => store.add(row));
  }

  async remove(changeId: string): Promise<void> {
    await this.written((store) => {
      const request = store.index("changeId").getAllKeys(changeId);
      request.onsuccess = () => request.result.forEach((key) => store.delete(key));
    });
  }

  async pending(imageId: string): Promise<Change[]> {
    const rows = (await answerOf(this.reading().index("imageId").getAll(imageId))) as Row[];
    return rows.sort((a, b) => (a.order ?? 0) - (b.order ?? 0)).map((row) => row.change);
  }

  async images(): Promise<string[]> {
    const rows = (await answerOf(this.reading().getAll())) as Row[];
    return [...new Set(rows.map((row) => row.imageId))];
  }

  close(): void {
    this.database.close();
  }

  private reading(): IDBObjectStore {
    return this.database.transaction(STORE, "readonly").objectStore(STORE);
  }

  /** Resolves when the transaction is on the disk. */
  private written(work: (store: IDBObjectStore) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      const transaction = this.database.transaction(STORE, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error ?? new Error("The browser's storage refused a change."));
      work(transaction.objectStore(STORE));
    });
  }
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser's storage gave no answer."));
  });
}
