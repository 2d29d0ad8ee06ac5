//! The port: a table of items.

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::LedgerError;

/// The key of an item.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The partition: items of one partition are ordered by their sort key and read together.
    pub pk: String,
    /// The sort key within the partition.
    pub sk: String,
}

impl Key {
    /// A key.
    pub fn new(pk: impl Into<String>, sk: impl Into<String>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }
}

/// One item.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// Its key.
    pub key: Key,
    /// Its key in index 1, if any.
    pub index: Option<Key>,
    /// Its content: a JSON object.
    pub body: Value,
    /// The version, set by the table: 1 after the first put in a transaction, one more with each change. Ignored in a put.
    pub version: u64,
    /// From this instant on, in seconds since 1970, readers do not see the item, even if the store has not removed it yet.
    pub expires: Option<i64>,
}

impl Item {
    /// An item that does not expire.
    pub fn new(key: Key, body: Value) -> Self {
        Self { key, index: None, body, version: 0, expires: None }
    }

    /// The same item, also in index 1.
    #[must_use]
    pub fn indexed(mut self, index: Key) -> Self {
        self.index = Some(index);
        self
    }

    /// The same item with an expiry.
    #[must_use]
    pub fn expiring(mut self, second: i64) -> Self {
        self.expires = Some(second);
        self
    }
}

/// The condition of a write. An expired item counts as absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// No condition.
    None,
    /// The item does not exist.
    Absent,
    /// The item exists with this version.
    Version(u64),
}

/// One write of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// Puts an item; replaces an existing one.
    Put(Item, Condition),
    /// Removes an item. Removing an item that does not exist is an error only with a condition.
    Delete(Key, Condition),
    /// Writes nothing: a condition for the other writes.
    Check(Key, Condition),
}

impl Write {
    /// The key of the item.
    pub fn key(&self) -> &Key {
        match self {
            Self::Put(item, _) => &item.key,
            Self::Delete(key, _) | Self::Check(key, _) => key,
        }
    }
}

/// A query of items of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// The partition.
    pub pk: String,
    /// Sort keys from this one on, if given.
    pub from: Option<String>,
    /// Sort keys up to and including this one, if given.
    pub to: Option<String>,
    /// Sort keys with this prefix, if given.
    pub prefix: Option<String>,
    /// Largest sort key first.
    pub descending: bool,
    /// The largest number of items a page.
    pub limit: usize,
    /// The [`Page::next`] of the page before.
    pub after: Option<String>,
}

impl Query {
    /// The whole partition, smallest sort key first.
    pub fn partition(pk: impl Into<String>) -> Self {
        Self { pk: pk.into(), from: None, to: None, prefix: None, descending: false, limit: 500, after: None }
    }

    /// Only sort keys with this prefix.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Only sort keys in a range, both ends included.
    #[must_use]
    pub fn between(mut self, from: impl Into<String>, to: impl Into<String>) -> Self {
        (self.from, self.to) = (Some(from.into()), Some(to.into()));
        self
    }
}

/// One page of the result of a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// The items, in order.
    pub items: Vec<Item>,
    /// The cursor of the next page; `None` after the last one.
    pub next: Option<String>,
}

/// The largest number of writes in a transaction.
pub(crate) const TRANSACTION_WRITES: usize = 100;
/// Largest body of an item, in bytes of JSON.
pub(crate) const BODY_BYTES: usize = 390 << 10;
/// The most bytes of JSON in a transaction: the 4 MB of DynamoDB, minus keys and names.
pub(crate) const TRANSACTION_BYTES: usize = 3800 << 10;
/// Attempts to add to a counter while other writers add.
const COUNT_ATTEMPTS: usize = 100;
/// Longest partition key and longest sort key, in bytes.
const KEY_BYTES: (usize, usize) = (2048, 1024);

/// The port: a table of items, for DynamoDB and SQLite.
///
/// # Contract
///
/// - Reads see every write that was acknowledged before they began, in this process and in others. Queries of index 1 may
///   lag briefly: a decision that is based on them is written with a condition.
/// - A conditional write whose condition doesn't hold changes nothing and is [`LedgerError::Conflict`].
/// - Transactions are all or nothing, even when the process is killed.
/// - Expired items are never read, counted or found by a condition.
///
/// [`conformance::suite`](crate::conformance::suite) holds every implementation to it.
#[async_trait]
pub trait Table: Send + Sync {
    /// One item, if it is there.
    async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError>;

    /// Writes all or nothing. At most 100, no two of one item.
    async fn transact(&self, writes: Vec<Write>) -> Result<(), LedgerError>;

    /// Puts items without conditions, in any order, as fast as the store can. Not a transaction: when it fails, some may
    /// be there. Any number.
    async fn put_all(&self, items: Vec<Item>) -> Result<(), LedgerError>;

    /// Removes items without conditions. Not a transaction. Any number.
    async fn delete_all(&self, keys: Vec<Key>) -> Result<(), LedgerError>;

    /// Items of one partition, in order of their sort keys.
    async fn query(&self, query: &Query) -> Result<Page, LedgerError>;

    /// Items of one partition of index 1, in order of their sort keys there.
    async fn query_index(&self, query: &Query) -> Result<Page, LedgerError>;

    /// Adds one to a counter and returns the new count. `expires` is in seconds since 1970. The key of a counter names its period, such as
    /// a minute: a counter that has expired may start again or continue.
    async fn count(&self, key: &Key, expires: i64) -> Result<u64, LedgerError> {
        for _ in 0..COUNT_ATTEMPTS {
            let item = self.get(key).await?;
            let known = item.as_ref().and_then(|item| item.body["count"].as_u64()).unwrap_or(0);
            let condition = item.map_or(Condition::Absent, |item| Condition::Version(item.version));
            let counted = Item::new(key.clone(), json!({ "count": known + 1 })).expiring(expires);
            match self.transact(vec![Write::Put(counted, condition)]).await {
                Ok(()) => return Ok(known + 1),
                Err(LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Err(LedgerError::Unavailable(format!("`{}` is being counted by many writers at once", key.pk)))
    }

    /// Every item of a query, page after page.
    async fn query_all(&self, mut query: Query) -> Result<Vec<Item>, LedgerError> {
        let mut items = Vec::new();
        loop {
            let page = self.query(&query).await?;
            items.extend(page.items);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(items),
            }
        }
    }

    /// Every item of a query on index 1, page after page.
    async fn query_index_all(&self, mut query: Query) -> Result<Vec<Item>, LedgerError> {
        let mut items = Vec::new();
        loop {
            let page = self.query_index(&query).await?;
            items.extend(page.items);
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(items),
            }
        }
    }
}

/// Refuses writes that a store would not accept.
pub(crate) fn check_writes(writes: &[Write]) -> Result<(), LedgerError> {
    if writes.len() > TRANSACTION_WRITES {
        return Err(LedgerError::TooLarge(format!(
            "a transaction of {} writes; at most {TRANSACTION_WRITES}",
            writes.len()
        )));
    }
    let mut keys: Vec<&Key> = writes.iter().map(Write::key).collect();
    keys.sort();
    if let Some(twice) = keys.windows(2).find(|w| w[0] == w[1]) {
        return Err(LedgerError::Failed(format!("a transaction writes `{}` / `{}` twice", twice[0].pk, twice[0].sk)));
    }
    let mut bytes = 0;
    for write in writes {
        if let Write::Put(item, _) = write {
            bytes += check_item(item)?;
        }
    }
    if bytes > TRANSACTION_BYTES {
        return Err(LedgerError::TooLarge(format!("a transaction of {bytes} bytes; at most {TRANSACTION_BYTES}")));
    }
    Ok(())
}

/// Refuses an item that a store would not accept. Returns the size of its body in bytes.
pub(crate) fn check_item(item: &Item) -> Result<usize, LedgerError> {
    let Key { pk, sk } = &item.key;
    let keys = std::iter::once(&item.key).chain(&item.index);
    if keys.into_iter().any(|key| key.pk.len() > KEY_BYTES.0 || key.sk.len() > KEY_BYTES.1) {
        return Err(LedgerError::TooLarge(format!(
            "a key that begins with `{}` / `{}` is too long; at most {} and {} bytes",
            pk.chars().take(60).collect::<String>(),
            sk.chars().take(60).collect::<String>(),
            KEY_BYTES.0,
            KEY_BYTES.1
        )));
    }
    let size = item.body.to_string().len();
    if size > BODY_BYTES {
        return Err(LedgerError::TooLarge(format!("`{pk}` / `{sk}` has {size} bytes; at most {BODY_BYTES}")));
    }
    Ok(size)
}
