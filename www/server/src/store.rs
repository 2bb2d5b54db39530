//! The database: one writer, any number of readers, and versions that never come back.

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::answer::Failure;
use crate::clock;
use crate::etag::Version;

const SCHEMA_VERSION: i64 = 1;

const SCHEMA: &str = "
CREATE TABLE counter (revision INTEGER NOT NULL) STRICT;
INSERT INTO counter VALUES (0);
CREATE TABLE switches (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, content_type TEXT NOT NULL, body BLOB NOT NULL, etag TEXT NOT NULL, modified_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE locks (
    document TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE, holder TEXT NOT NULL
) STRICT;
CREATE TABLE users (
    id TEXT PRIMARY KEY, email_key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, etag TEXT NOT NULL, modified_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE orders (id TEXT PRIMARY KEY, body TEXT NOT NULL, etag TEXT NOT NULL, modified_ms INTEGER NOT NULL) STRICT;
CREATE TABLE rooms (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, capacity INTEGER NOT NULL, etag TEXT NOT NULL, modified_ms INTEGER NOT NULL
) STRICT;
CREATE TABLE bookings (
    slot INTEGER PRIMARY KEY, room TEXT NOT NULL REFERENCES rooms (id) ON DELETE CASCADE, guest TEXT NOT NULL,
    UNIQUE (room, guest)
) STRICT;
CREATE TABLE recorded_answers (
    idempotency_key TEXT PRIMARY KEY, path TEXT NOT NULL, request BLOB NOT NULL, status INTEGER NOT NULL,
    headers TEXT NOT NULL, body BLOB NOT NULL
) STRICT;
";

/// Idle readers kept open; more are opened when more read at once, and closed afterwards.
const IDLE_READERS: usize = 4;

/// How long a statement waits for another process that holds the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const WAL_RETRY: Duration = Duration::from_millis(20);

/// The database of one running server. Clones share it.
#[derive(Clone)]
pub(crate) struct Store(Arc<Inner>);

struct Inner {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    /// Random for each start, so that a file put back from a copy does not hand out a tag for the second time.
    epoch: String,
}

/// Writes the first data of a new database.
type Plant = fn(&Write) -> rusqlite::Result<()>;

impl Store {
    /// Opens `path`, or creates it with what `plant` writes.
    ///
    /// # Errors
    ///
    /// A sentence for the person who started the server.
    pub(crate) fn open(path: &Path, plant: Plant) -> Result<Self, String> {
        let told = |error: rusqlite::Error| format!("cannot use the database {}: {error}", path.display());
        let mut writer = Connection::open(path).map_err(told)?;
        writer.busy_timeout(BUSY_TIMEOUT).map_err(told)?;
        let found = identify(&mut writer).map_err(told)?;
        if matches!(found, Found::Foreign) {
            let path = path.display();
            return Err(format!("{path} is not a database of this version of the example server"));
        }
        prepare(&writer).map_err(told)?;
        let epoch: String = writer.query_row("SELECT lower(hex(randomblob(6)))", [], |row| row.get(0)).map_err(told)?;
        if matches!(found, Found::Nothing) {
            create_schema(&mut writer, &epoch, plant).map_err(told)?;
        }
        Ok(Self(Arc::new(Inner {
            path: path.to_owned(),
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
            epoch,
        })))
    }

    /// Runs `work` on a thread that may block, in a snapshot of its own.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let store = Arc::clone(&self.0);
        blocking(move || {
            let mut connection = store.reader()?;
            let snapshot = connection.transaction()?;
            let result = work(&snapshot);
            snapshot.finish()?;
            store.put_back(connection);
            result
        })
        .await
    }

    /// Runs `work` on a thread that may block, in one IMMEDIATE transaction: what it reads cannot change before it has
    /// written, not even through another process. Committed and on disk when this returns `Ok`, undone otherwise.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Write) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let store = Arc::clone(&self.0);
        blocking(move || {
            let mut connection = lock(&store.writer);
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let write = Write { transaction, epoch: &store.epoch };
            let result = work(&write)?;
            write.transaction.commit()?;
            Ok(result)
        })
        .await
    }
}

impl Inner {
    fn reader(&self) -> rusqlite::Result<Connection> {
        if let Some(connection) = lock(&self.readers).pop() {
            return Ok(connection);
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&self.path, flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        Ok(connection)
    }

    fn put_back(&self, connection: Connection) {
        let mut readers = lock(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(connection);
        }
    }
}

/// A transaction that may write. Reads go through [`Deref`].
pub(crate) struct Write<'store> {
    transaction: Transaction<'store>,
    epoch: &'store str,
}

impl Write<'_> {
    /// A number that this database has never given out.
    pub(crate) fn next_revision(&self) -> rusqlite::Result<i64> {
        let sql = "UPDATE counter SET revision = revision + 1 RETURNING revision";
        self.transaction.query_row(sql, [], |row| row.get(0))
    }

    /// A version that no resource ever had.
    pub(crate) fn next_version(&self) -> rusqlite::Result<Version> {
        let etag = format!("\"{}-{:x}\"", self.epoch, self.next_revision()?);
        Ok(Version { etag, modified_ms: clock::now_ms() })
    }

    /// Undoes what `work` wrote when it fails, without giving up the transaction.
    pub(crate) fn attempt<T>(&self, work: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        self.transaction.execute_batch("SAVEPOINT attempt")?;
        let result = work();
        let end = if result.is_ok() { "RELEASE attempt" } else { "ROLLBACK TO attempt; RELEASE attempt" };
        self.transaction.execute_batch(end)?;
        result
    }
}

impl Deref for Write<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.transaction
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    // The change to WAL does not wait for others as statements do (it fails at once), so this does.
    let mut tries = BUSY_TIMEOUT.as_millis() / WAL_RETRY.as_millis();
    while let Err(error) = connection.execute_batch("PRAGMA journal_mode = WAL") {
        if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) || tries == 0 {
            return Err(error);
        }
        tries -= 1;
        thread::sleep(WAL_RETRY);
    }
    // FULL: in WAL mode NORMAL may lose the last commits when the machine loses power.
    connection.execute_batch("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")
}

/// Looks before anything is changed, so that a file of another program stays as it is.
fn identify(connection: &mut Connection) -> rusqlite::Result<Found> {
    let snapshot = connection.transaction()?;
    let version: i64 = snapshot.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let tables: i64 = snapshot.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(match (version, tables) {
        (0, 0) => Found::Nothing,
        (SCHEMA_VERSION, _) => Found::Ours,
        _ => Found::Foreign,
    })
}

enum Found {
    Nothing,
    Ours,
    Foreign,
}

fn create_schema(connection: &mut Connection, epoch: &str, plant: Plant) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version == SCHEMA_VERSION {
        // Another process was faster.
        return Ok(());
    }
    transaction.execute_batch(SCHEMA)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    let write = Write { transaction, epoch };
    plant(&write)?;
    write.transaction.commit()
}

/// A panic while the lock was held has rolled its transaction back, so the connection is fit for use.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Failure> + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(Failure::Internal("a database task panicked or was cut off")))
}
