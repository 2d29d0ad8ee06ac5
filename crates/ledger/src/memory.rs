//! A table in memory, for tests and for dry runs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use async_trait::async_trait;

use crate::table::{check_item, check_writes};
use tollgate_model::Clock;

use crate::{Condition, Item, Key, LedgerError, Page, Query, Table, Write};

/// A table that exists as long as the process.
pub struct MemoryTable {
    items: Mutex<BTreeMap<Key, Item>>,
    clock: Arc<dyn Clock>,
}

impl MemoryTable {
    /// An empty table.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { items: Mutex::new(BTreeMap::new()), clock }
    }

    fn items(&self) -> MutexGuard<'_, BTreeMap<Key, Item>> {
        self.items.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn live(&self, item: &Item) -> bool {
        item.expires.is_none_or(|second| second > self.clock.now().as_second())
    }

    fn page(&self, query: &Query, place: impl Fn(&Item) -> Option<&Key>) -> Page {
        let items = self.items();
        let mut found: Vec<(String, Item)> = items
            .values()
            .filter(|item| self.live(item))
            .filter_map(|item| Some((place(item)?, item)))
            .filter(|(key, _)| {
                key.pk == query.pk
                    && query.from.as_ref().is_none_or(|f| key.sk >= *f)
                    && query.to.as_ref().is_none_or(|t| key.sk <= *t)
                    && query.prefix.as_ref().is_none_or(|p| key.sk.starts_with(p.as_str()))
            })
            .map(|(key, item)| (cursor(&key.sk, &item.key), item.clone()))
            .collect();
        found.sort_by(|a, b| a.0.cmp(&b.0));
        if query.descending {
            found.reverse();
        }
        if let Some(after) = &query.after {
            found.retain(|(c, _)| if query.descending { c < after } else { c > after });
        }
        let next = (found.len() > query.limit).then(|| found[query.limit.saturating_sub(1)].0.clone());
        found.truncate(query.limit);
        Page { items: found.into_iter().map(|(_, item)| item).collect(), next }
    }
}

/// The position of an item among items with equal sort keys: index 1 may have many.
pub(crate) fn cursor(sk: &str, key: &Key) -> String {
    format!("{sk}\u{0}{}\u{0}{}", key.pk, key.sk)
}

fn holds(condition: Condition, there: Option<&Item>) -> bool {
    match condition {
        Condition::None => true,
        Condition::Absent => there.is_none(),
        Condition::Version(version) => there.is_some_and(|item| item.version == version),
    }
}

#[async_trait]
impl Table for MemoryTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError> {
        Ok(self.items().get(key).filter(|item| self.live(item)).cloned())
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), LedgerError> {
        check_writes(&writes)?;
        let mut items = self.items();
        for write in &writes {
            let (Write::Put(_, condition) | Write::Delete(_, condition) | Write::Check(_, condition)) = write;
            let key = write.key();
            if !holds(*condition, items.get(key).filter(|item| self.live(item))) {
                return Err(LedgerError::Conflict { pk: key.pk.clone(), sk: key.sk.clone() });
            }
        }
        for write in writes {
            match write {
                Write::Put(mut item, _) => {
                    item.version = items.get(&item.key).map_or(0, |i| i.version) + 1;
                    items.insert(item.key.clone(), item);
                }
                Write::Delete(key, _) => drop(items.remove(&key)),
                Write::Check(..) => {}
            }
        }
        Ok(())
    }

    async fn put_all(&self, new: Vec<Item>) -> Result<(), LedgerError> {
        for item in &new {
            check_item(item)?;
        }
        let mut items = self.items();
        for mut item in new {
            item.version = items.get(&item.key).map_or(0, |i| i.version) + 1;
            items.insert(item.key.clone(), item);
        }
        Ok(())
    }

    async fn delete_all(&self, keys: Vec<Key>) -> Result<(), LedgerError> {
        let mut items = self.items();
        keys.iter().for_each(|key| drop(items.remove(key)));
        Ok(())
    }

    async fn query(&self, query: &Query) -> Result<Page, LedgerError> {
        Ok(self.page(query, |item| Some(&item.key)))
    }

    async fn query_index(&self, query: &Query) -> Result<Page, LedgerError> {
        Ok(self.page(query, |item| item.index.as_ref()))
    }
}
