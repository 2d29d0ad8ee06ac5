//! SQLite: the ledger on one machine. WAL, so that several processes can read and write at the same time.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::types::Value as Sql;
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension, Row, Transaction, TransactionBehavior, params,
    params_from_iter,
};
use serde_json::Value;

use crate::memory::cursor;
use crate::table::{check_item, check_writes};
use tollgate_model::Clock;

use crate::{Condition, Item, Key, LedgerError, Page, Query, Table, Write};

/// `PRAGMA application_id` of a Tollgate store: "TLGT".
const APPLICATION: i64 = 0x544c_4754;

/// Migrations from one schema version to the next. New ones are appended; existing ones never change.
const MIGRATIONS: &[&str] = &[
    "CREATE TABLE item (
        pk TEXT NOT NULL,
        sk TEXT NOT NULL,
        body TEXT NOT NULL,
        version INTEGER NOT NULL,
        expires INTEGER,
        pk1 TEXT,
        sk1 TEXT,
        PRIMARY KEY (pk, sk)
    ) WITHOUT ROWID, STRICT;
    CREATE INDEX index1 ON item (pk1, sk1, pk, sk) WHERE pk1 IS NOT NULL;",
    "CREATE INDEX expiring ON item (expires) WHERE expires IS NOT NULL;",
];

/// The newest schema version that this Tollgate knows.
pub const SCHEMA_VERSION: i64 = MIGRATIONS.len() as i64;

/// How long a write waits for another process.
const BUSY: Duration = Duration::from_secs(30);

/// A table in a SQLite file.
pub struct SqliteTable {
    connection: Mutex<Connection>,
    clock: Arc<dyn Clock>,
    path: PathBuf,
}

impl SqliteTable {
    /// Opens a store; creates or migrates it where needed.
    ///
    /// # Errors
    ///
    /// When the file is not a Tollgate store, or has a newer schema. The file is not changed then.
    pub fn open(path: &Path, clock: Arc<dyn Clock>) -> Result<Self, LedgerError> {
        let mut connection =
            Connection::open_with_flags(path, OpenFlags::default()).map_err(|e| not_a_store(path, &e))?;
        connection.busy_timeout(BUSY).map_err(failed)?;
        migrate(&mut connection, path)?;
        connection
            .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16000;")
            .map_err(failed)?;
        Ok(Self { connection: Mutex::new(connection), clock, path: path.to_owned() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes expired items, which readers never see, to free space.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub fn sweep(&self) -> Result<usize, LedgerError> {
        self.connection().execute("DELETE FROM item WHERE expires <= ?1", [self.now()]).map_err(failed)
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn now(&self) -> i64 {
        self.clock.now().as_second()
    }

    fn write<T>(&self, f: impl FnOnce(&Transaction<'_>) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let mut connection = self.connection();
        // Immediate: the lock is acquired before the first read, so a condition cannot become stale.
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        let out = f(&transaction)?;
        transaction.commit().map_err(failed)?;
        Ok(out)
    }

    fn page(&self, query: &Query, (pk, sk): (&str, &str)) -> Result<Page, LedgerError> {
        // One text orders a page: index 1 may have several items with one sort key.
        let place = format!("{sk} || char(0) || pk || char(0) || sk");
        let mut sql = format!(
            "SELECT pk, sk, body, version, expires, pk1, sk1 FROM item WHERE {pk} = ? AND (expires IS NULL OR expires > ?)"
        );
        let mut values: Vec<Sql> = vec![query.pk.clone().into(), self.now().into()];
        for (text, condition) in [(&query.from, ">="), (&query.to, "<=")] {
            if let Some(text) = text {
                sql += &format!(" AND {sk} {condition} ?");
                values.push(text.clone().into());
            }
        }
        if let Some(prefix) = &query.prefix {
            sql += &format!(" AND {sk} >= ? AND substr({sk}, 1, length(?)) = ?");
            values.extend([prefix.clone().into(), prefix.clone().into(), prefix.clone().into()]);
        }
        if let Some(after) = &query.after {
            let bound = after.split('\u{0}').next().unwrap_or_default().to_owned();
            let (coarse, fine) = if query.descending { ("<=", "<") } else { (">=", ">") };
            sql += &format!(" AND {sk} {coarse} ? AND {place} {fine} ?");
            values.extend([bound.into(), after.clone().into()]);
        }
        let order = if query.descending { "DESC" } else { "ASC" };
        sql += &format!(" ORDER BY {sk} {order}, pk {order}, sk {order} LIMIT ?");
        let limit = query.limit.max(1);
        values.push(i64::try_from(limit + 1).unwrap_or(i64::MAX).into());

        let connection = self.connection();
        let mut statement = connection.prepare_cached(&sql).map_err(failed)?;
        let rows = statement.query_map(params_from_iter(values), read).map_err(failed)?;
        let mut items = rows.collect::<Result<Result<Vec<Item>, LedgerError>, _>>().map_err(failed)??;
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(|item| {
            let sk = if pk == "pk1" { item.index.as_ref().map_or("", |k| &k.sk) } else { &item.key.sk };
            cursor(sk, &item.key)
        });
        Ok(Page { items, next })
    }
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let (application, version) = ids(connection).map_err(|e| not_a_store(path, &e))?;
    check_ids(application, version, path)?;
    if application == APPLICATION && version == SCHEMA_VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have been faster.
    let (application, version) = ids(&transaction).map_err(failed)?;
    check_ids(application, version, path)?;
    if application == 0 {
        let tables: i64 =
            transaction.query_row("SELECT count(*) FROM sqlite_schema", [], |r| r.get(0)).map_err(failed)?;
        if tables > 0 {
            return Err(LedgerError::NotAStore {
                path: path.to_owned(),
                what: "another program's SQLite file".to_owned(),
            });
        }
        transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    }
    for migration in MIGRATIONS.iter().skip(usize::try_from(version).unwrap_or(0)) {
        transaction.execute_batch(migration).map_err(failed)?;
    }
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(failed)?;
    transaction.commit().map_err(failed)
}

fn ids(connection: &Connection) -> rusqlite::Result<(i64, i64)> {
    let application = connection.query_row("PRAGMA application_id", [], |r| r.get(0))?;
    let version = connection.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    Ok((application, version))
}

fn check_ids(application: i64, version: i64, path: &Path) -> Result<(), LedgerError> {
    if application != 0 && application != APPLICATION {
        return Err(LedgerError::NotAStore { path: path.to_owned(), what: "another program's SQLite file".to_owned() });
    }
    if version > SCHEMA_VERSION {
        return Err(LedgerError::NewerSchema { path: path.to_owned(), found: version, known: SCHEMA_VERSION });
    }
    Ok(())
}

fn not_a_store(path: &Path, error: &rusqlite::Error) -> LedgerError {
    match disk(error) {
        Some(disk) => disk,
        None => LedgerError::NotAStore { path: path.to_owned(), what: error.to_string() },
    }
}

/// Errors of the disk: it is full, or the file is not writable.
fn disk(error: &rusqlite::Error) -> Option<LedgerError> {
    let what = match error.sqlite_error_code()? {
        ErrorCode::DiskFull => "the disk has no room left for the store",
        // When SQLite cannot create its shared memory or journal, the disk is full or not writable.
        ErrorCode::SystemIoFailure => "the disk of the store has no room left, or cannot be read or written",
        ErrorCode::ReadOnly | ErrorCode::CannotOpen => "the store's file cannot be opened for writing",
        _ => return None,
    };
    Some(LedgerError::Disk { what: format!("{what} ({error})") })
}

fn failed(error: rusqlite::Error) -> LedgerError {
    if let Some(disk) = disk(&error) {
        return disk;
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => LedgerError::Unavailable(error.to_string()),
        _ => LedgerError::Failed(error.to_string()),
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Result<Item, LedgerError>> {
    let key = Key::new(row.get::<_, String>(0)?, row.get::<_, String>(1)?);
    let text: String = row.get(2)?;
    let version: i64 = row.get(3)?;
    let expires = row.get(4)?;
    let index = match (row.get::<_, Option<String>>(5)?, row.get::<_, Option<String>>(6)?) {
        (Some(pk), Some(sk)) => Some(Key { pk, sk }),
        _ => None,
    };
    Ok(match serde_json::from_str(&text) {
        Ok(body) => Ok(Item { key, index, body, version: u64::try_from(version).unwrap_or(0), expires }),
        Err(error) => Err(LedgerError::Corrupt { pk: key.pk, sk: key.sk, what: error.to_string() }),
    })
}

fn put(transaction: &Transaction<'_>, item: &Item) -> Result<(), LedgerError> {
    let mut statement = transaction
        .prepare_cached(
            "INSERT INTO item (pk, sk, body, version, expires, pk1, sk1) VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6)
             ON CONFLICT (pk, sk) DO UPDATE SET body = ?3, version = version + 1, expires = ?4, pk1 = ?5, sk1 = ?6",
        )
        .map_err(failed)?;
    let (pk1, sk1) = item.index.as_ref().map_or((None, None), |k| (Some(&k.pk), Some(&k.sk)));
    statement
        .execute(params![item.key.pk, item.key.sk, item.body.to_string(), item.expires, pk1, sk1])
        .map_err(failed)?;
    Ok(())
}

fn delete(transaction: &Transaction<'_>, key: &Key) -> Result<(), LedgerError> {
    let mut statement = transaction.prepare_cached("DELETE FROM item WHERE pk = ?1 AND sk = ?2").map_err(failed)?;
    statement.execute([&key.pk, &key.sk]).map_err(failed)?;
    Ok(())
}

#[async_trait]
impl Table for SqliteTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError> {
        let connection = self.connection();
        let mut statement = connection
            .prepare_cached(
                "SELECT pk, sk, body, version, expires, pk1, sk1 FROM item
                 WHERE pk = ?1 AND sk = ?2 AND (expires IS NULL OR expires > ?3)",
            )
            .map_err(failed)?;
        statement.query_row(params![key.pk, key.sk, self.now()], read).optional().map_err(failed)?.transpose()
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), LedgerError> {
        check_writes(&writes)?;
        let now = self.now();
        self.write(|transaction| {
            for write in &writes {
                let (Write::Put(_, condition) | Write::Delete(_, condition) | Write::Check(_, condition)) = write;
                let key = write.key();
                let version: Option<i64> = transaction
                    .query_row(
                        "SELECT version FROM item WHERE pk = ?1 AND sk = ?2 AND (expires IS NULL OR expires > ?3)",
                        params![key.pk, key.sk, now],
                        |row| row.get(0),
                    )
                    .optional()
                    .map_err(failed)?;
                let holds = match condition {
                    Condition::None => true,
                    Condition::Absent => version.is_none(),
                    Condition::Version(wanted) => version == i64::try_from(*wanted).ok(),
                };
                if !holds {
                    return Err(LedgerError::Conflict { pk: key.pk.clone(), sk: key.sk.clone() });
                }
            }
            writes.iter().try_for_each(|write| match write {
                Write::Put(item, _) => put(transaction, item),
                Write::Delete(key, _) => delete(transaction, key),
                Write::Check(..) => Ok(()),
            })
        })
    }

    async fn put_all(&self, items: Vec<Item>) -> Result<(), LedgerError> {
        for item in &items {
            check_item(item)?;
        }
        // Short transactions, so that other processes get their turn.
        items.chunks(2_000).try_for_each(|some| self.write(|t| some.iter().try_for_each(|item| put(t, item))))
    }

    async fn delete_all(&self, keys: Vec<Key>) -> Result<(), LedgerError> {
        keys.chunks(2_000).try_for_each(|some| self.write(|t| some.iter().try_for_each(|key| delete(t, key))))
    }

    async fn count(&self, key: &Key, expires: i64) -> Result<u64, LedgerError> {
        check_item(&Item::new(key.clone(), Value::Null))?;
        let now = self.now();
        let count: i64 = self.write(|transaction| {
            // Nothing else removes counters of minutes that are over.
            let mut expired =
                transaction.prepare_cached("DELETE FROM item WHERE pk = ?1 AND expires <= ?2").map_err(failed)?;
            expired.execute(params![key.pk, now]).map_err(failed)?;
            // The version is the count.
            let mut statement = transaction
                .prepare_cached(
                    "INSERT INTO item (pk, sk, body, version, expires) VALUES (?1, ?2, '{}', 1, ?3)
                     ON CONFLICT (pk, sk) DO UPDATE SET version = version + 1, expires = ?3 RETURNING version",
                )
                .map_err(failed)?;
            statement.query_row(params![key.pk, key.sk, expires], |row| row.get(0)).map_err(failed)
        })?;
        Ok(u64::try_from(count).unwrap_or(0))
    }

    async fn query(&self, query: &Query) -> Result<Page, LedgerError> {
        self.page(query, ("pk", "sk"))
    }

    async fn query_index(&self, query: &Query) -> Result<Page, LedgerError> {
        self.page(query, ("pk1", "sk1"))
    }
}
