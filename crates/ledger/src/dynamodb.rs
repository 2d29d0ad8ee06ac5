//! The table on DynamoDB: one table with the keys `pk` and `sk`, index 1 over `i1pk` and `i1sk`, and `expires` for its TTL.
//!
//! A body is one attribute of JSON text: [`Table`] limits its size, and numbers are read back unchanged, which DynamoDB's own
//! numbers of 38 digits do not guarantee. Limits and error codes: Amazon DynamoDB Developer Guide, "Service
//! quotas" and "Error handling", November 2026.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    AttributeValue, ConditionCheck, Delete, DeleteRequest, PutRequest, ReturnValue, TransactWriteItem, Update,
    WriteRequest,
};
use aws_types::SdkConfig;
use backon::{BackoffBuilder, ExponentialBuilder};
use futures::stream::{self, StreamExt, TryStreamExt};
use serde::{Deserialize, Serialize};
use tollgate_model::hash::bytes_hash;

use crate::memory::cursor;
use crate::table::{check_item, check_writes};
use tollgate_model::Clock;

use crate::{Condition, Item, Key, LedgerError, Page, Query, Table, Write};

/// The name of index 1.
pub const INDEX: &str = "index1";

/// The number of requests in a batch; its size stays below 16 MB because an item stays below 400 KB.
const BATCH: usize = 25;
/// The number of concurrent batches.
const AT_ONCE: usize = 4;
/// The number of retries of requests that DynamoDB did not accept or that conflicted with another transaction.
const ATTEMPTS: usize = 8;
/// The wait before the first retry; it doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(40);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// The code of a failed condition.
const REFUSED: &str = "ConditionalCheckFailedException";
/// Cancellation reasons after which a transaction may be retried.
const PASSING_REASONS: [&str; 5] =
    ["None", "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded", "RequestLimitExceeded"];
/// Versions of items that were put without a condition start here: counted versions never reach it.
const UNCOUNTED: u64 = 1 << 52;

/// A table on DynamoDB.
///
/// Reads of the table see every acknowledged write; reads of index 1 may lag briefly, as with all global
/// secondary indexes.
pub struct DynamoTable {
    client: Client,
    name: String,
    clock: Arc<dyn Clock>,
    writer: String,
    writes: AtomicU64,
}

/// An item in the format of DynamoDB.
#[derive(Debug, Serialize, Deserialize)]
struct Record {
    pk: String,
    sk: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    i1pk: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    i1sk: Option<String>,
    body: String,
    version: u64,
    /// The write and its writer, to recognize a write whose response was lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    written: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<i64>,
}

impl Record {
    /// For a put without a read: the version is derived from the content, so that different content has a different version.
    fn uncounted(item: &Item) -> Self {
        let (i1pk, i1sk) = item.index.clone().map(|i| (i.pk, i.sk)).unzip();
        let body = item.body.to_string();
        let version = UNCOUNTED | u64::try_from(bytes_hash(body.as_bytes()) >> 76).unwrap_or(0);
        let (pk, sk) = (item.key.pk.clone(), item.key.sk.clone());
        Self { pk, sk, i1pk, i1sk, body, version, written: None, expires: item.expires }
    }

    fn item(self) -> Result<Item, LedgerError> {
        let body = serde_json::from_str(&self.body).map_err(|e| LedgerError::Corrupt {
            pk: self.pk.clone(),
            sk: self.sk.clone(),
            what: e.to_string(),
        })?;
        Ok(Item {
            key: Key::new(self.pk, self.sk),
            index: self.i1pk.zip(self.i1sk).map(|(pk, sk)| Key::new(pk, sk)),
            body,
            version: self.version,
            expires: self.expires,
        })
    }
}

type Attributes = HashMap<String, AttributeValue>;

impl DynamoTable {
    /// The table with a name, through a client of its own.
    pub fn connect(
        config: &SdkConfig,
        name: impl Into<String>,
        clock: Arc<dyn Clock>,
        writer: impl Into<String>,
    ) -> Self {
        Self::new(Client::new(config), name, clock, writer)
    }

    /// The table with a name, through a given client. `writer` is a name that no other process ever has: the log stream of a
    /// Lambda function, a random number.
    pub fn new(client: Client, name: impl Into<String>, clock: Arc<dyn Clock>, writer: impl Into<String>) -> Self {
        Self { client, name: name.into(), clock, writer: writer.into(), writes: AtomicU64::new(0) }
    }

    fn now(&self) -> AttributeValue {
        number(self.clock.now().as_second())
    }

    /// The condition expression with its values. An expired item counts as absent.
    fn condition(&self, condition: Condition) -> (Option<String>, Attributes) {
        let now = (":now".to_owned(), self.now());
        match condition {
            Condition::None => (None, Attributes::new()),
            Condition::Absent => (Some("attribute_not_exists(pk) OR expires <= :now".to_owned()), [now].into()),
            Condition::Version(version) => (
                Some("version = :version AND (attribute_not_exists(expires) OR expires > :now)".to_owned()),
                [now, (":version".to_owned(), number(version))].into(),
            ),
        }
    }

    /// One write without a transaction, for half of its price. When its response is lost, the condition of the retry fails: a put
    /// is then recognized by its mark; a delete reports a conflict, which is always safe.
    async fn single(&self, write: &Write) -> Result<(), LedgerError> {
        let mark = format!("{}#{}", self.writer, self.writes.fetch_add(1, Ordering::Relaxed));
        let refused = match write {
            Write::Put(item, condition) => {
                let (condition, values) = self.condition(*condition);
                let (expression, values) = assignments(item, &mark, values);
                let request = self.client.update_item().table_name(&self.name).set_key(Some(key_of(&item.key)));
                let request = request.update_expression(expression).set_condition_expression(condition);
                let answer = request.set_expression_attribute_values(Some(values)).send().await;
                answer.err().map(|e| (e.code() == Some(REFUSED), unavailable(&e)))
            }
            Write::Delete(key, condition) => {
                let (condition, values) = self.condition(*condition);
                let request = self.client.delete_item().table_name(&self.name).set_key(Some(key_of(key)));
                let values = (!values.is_empty()).then_some(values);
                let request = request.set_condition_expression(condition).set_expression_attribute_values(values);
                request.send().await.err().map(|e| (e.code() == Some(REFUSED), unavailable(&e)))
            }
            Write::Check(..) => return self.together(std::slice::from_ref(write)).await,
        };
        match refused {
            None => Ok(()),
            Some((false, error)) => Err(error),
            Some((true, _)) if self.is_marked(write.key(), &mark).await? => Ok(()),
            Some((true, _)) => Err(conflict(write.key())),
        }
    }

    async fn is_marked(&self, key: &Key, mark: &str) -> Result<bool, LedgerError> {
        let request = self.client.get_item().table_name(&self.name).set_key(Some(key_of(key))).consistent_read(true);
        let there = request.projection_expression("written").send().await.map_err(|e| unavailable(&e))?.item;
        Ok(there.and_then(|mut item| item.remove("written")).is_some_and(|w| w.as_s().is_ok_and(|w| w == mark)))
    }

    /// Several writes, all or nothing. The token of the transaction makes retries safe.
    async fn together(&self, writes: &[Write]) -> Result<(), LedgerError> {
        let parts = writes.iter().map(|w| Ok(self.part(w)?.map(|part| (w.key(), part))));
        let parts: Vec<(&Key, TransactWriteItem)> =
            parts.filter_map(Result::transpose).collect::<Result<_, LedgerError>>()?;
        if parts.is_empty() {
            return Ok(());
        }
        let (keys, items): (Vec<&Key>, Vec<TransactWriteItem>) = parts.into_iter().unzip();
        for wait in waits() {
            let request = self.client.transact_write_items().set_transact_items(Some(items.clone()));
            let Err(error) = request.send().await else { return Ok(()) };
            let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) = error.as_service_error() else {
                return Err(unavailable(&error));
            };
            for (key, reason) in keys.iter().zip(canceled.cancellation_reasons()) {
                match reason.code() {
                    Some("ConditionalCheckFailed") => return Err(conflict(key)),
                    Some(code) if !PASSING_REASONS.contains(&code) => {
                        return Err(LedgerError::Failed(format!("DynamoDB refused a transaction: {code}")));
                    }
                    Some(_) | None => {}
                }
            }
            tokio::time::sleep(wait).await;
        }
        Err(LedgerError::Unavailable(format!("a transaction was in the way of others {ATTEMPTS} times")))
    }

    /// A write as a part of a transaction; `None` for a check without a condition.
    fn part(&self, write: &Write) -> Result<Option<TransactWriteItem>, LedgerError> {
        let (Write::Put(_, condition) | Write::Delete(_, condition) | Write::Check(_, condition)) = write;
        let (condition, values) = self.condition(*condition);
        let (key, out) = (Some(key_of(write.key())), TransactWriteItem::builder());
        Ok(Some(match write {
            Write::Put(item, _) => {
                let (expression, values) = assignments(item, &self.writer, values);
                let update = Update::builder().table_name(&self.name).set_key(key).update_expression(expression);
                let update = update.set_condition_expression(condition).set_expression_attribute_values(Some(values));
                out.update(update.build().map_err(failed)?).build()
            }
            Write::Delete(..) => {
                let delete = Delete::builder().table_name(&self.name).set_key(key).set_condition_expression(condition);
                let values = (!values.is_empty()).then_some(values);
                out.delete(delete.set_expression_attribute_values(values).build().map_err(failed)?).build()
            }
            Write::Check(..) if condition.is_none() => return Ok(None),
            Write::Check(..) => {
                let check = ConditionCheck::builder().table_name(&self.name).set_key(key);
                let check = check.set_condition_expression(condition).set_expression_attribute_values(Some(values));
                out.condition_check(check.build().map_err(failed)?).build()
            }
        }))
    }

    /// Sends requests in batches until DynamoDB has accepted all of them.
    async fn batches(&self, requests: Vec<WriteRequest>) -> Result<(), LedgerError> {
        stream::iter(requests.chunks(BATCH).map(<[WriteRequest]>::to_vec).collect::<Vec<_>>())
            .map(|batch| self.batch(batch))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await
    }

    async fn batch(&self, batch: Vec<WriteRequest>) -> Result<(), LedgerError> {
        let mut left = batch;
        for wait in waits() {
            let answer = self.client.batch_write_item().request_items(&self.name, left).send().await;
            left = answer
                .map_err(|e| unavailable(&e))?
                .unprocessed_items
                .and_then(|mut tables| tables.remove(&self.name))
                .unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
        }
        Err(LedgerError::Unavailable(format!("DynamoDB did not take {} items in {ATTEMPTS} attempts", left.len())))
    }

    /// Items of the table or of its index, until a page is full.
    async fn page(&self, query: &Query, index: bool) -> Result<Page, LedgerError> {
        let (pk, sk) = if index { ("i1pk", "i1sk") } else { ("pk", "sk") };
        let Some((expression, mut values)) = key_condition(query, pk, sk) else { return Ok(Page::default()) };
        values.insert(":now".to_owned(), self.now());
        let mut from = query.after.as_deref().map(|after| start(query, after, index)).transpose()?;
        let mut items = Vec::new();
        loop {
            let wanted = query.limit.saturating_add(1) - items.len();
            let answer = self
                .client
                .query()
                .table_name(&self.name)
                .set_index_name(index.then(|| INDEX.to_owned()))
                .consistent_read(!index)
                .key_condition_expression(&expression)
                .filter_expression("attribute_not_exists(expires) OR expires > :now")
                .set_expression_attribute_values(Some(values.clone()))
                .scan_index_forward(!query.descending)
                .limit(i32::try_from(wanted).unwrap_or(i32::MAX))
                .set_exclusive_start_key(from)
                .send()
                .await
                .map_err(|e| unavailable(&e))?;
            for attributes in answer.items.unwrap_or_default() {
                items.push(item_of(attributes)?);
            }
            from = answer.last_evaluated_key;
            if items.len() > query.limit || from.is_none() {
                break;
            }
        }
        let more = items.len() > query.limit;
        items.truncate(query.limit);
        let next = items.last().filter(|_| more).map(|item| {
            let place = if index { item.index.as_ref().unwrap_or(&item.key) } else { &item.key };
            cursor(&place.sk, &item.key)
        });
        Ok(Page { items, next })
    }
}

#[async_trait]
impl Table for DynamoTable {
    async fn get(&self, key: &Key) -> Result<Option<Item>, LedgerError> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key_of(key)))
            .consistent_read(true)
            .send()
            .await
            .map_err(|e| unavailable(&e))?;
        let item = answer.item.map(item_of).transpose()?;
        let now = self.clock.now().as_second();
        Ok(item.filter(|item| item.expires.is_none_or(|second| second > now)))
    }

    async fn transact(&self, writes: Vec<Write>) -> Result<(), LedgerError> {
        check_writes(&writes)?;
        match writes.as_slice() {
            [one] => self.single(one).await,
            several => self.together(several).await,
        }
    }

    async fn put_all(&self, items: Vec<Item>) -> Result<(), LedgerError> {
        for item in &items {
            check_item(item)?;
        }
        // A batch must not have an item twice: the last one counts.
        let last: BTreeMap<Key, Item> = items.into_iter().map(|item| (item.key.clone(), item)).collect();
        let request = |item: Item| -> Result<WriteRequest, LedgerError> {
            let record: Attributes = serde_dynamo::to_item(Record::uncounted(&item)).map_err(failed)?;
            let put = PutRequest::builder().set_item(Some(record)).build().map_err(failed)?;
            Ok(WriteRequest::builder().put_request(put).build())
        };
        self.batches(last.into_values().map(request).collect::<Result<_, _>>()?).await
    }

    async fn delete_all(&self, mut keys: Vec<Key>) -> Result<(), LedgerError> {
        keys.sort();
        keys.dedup();
        let request = |key: &Key| -> Result<WriteRequest, LedgerError> {
            let delete = DeleteRequest::builder().set_key(Some(key_of(key))).build().map_err(failed)?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        };
        self.batches(keys.iter().map(request).collect::<Result<_, _>>()?).await
    }

    async fn count(&self, key: &Key, expires: i64) -> Result<u64, LedgerError> {
        // The version is the count: an update without a condition never conflicts. A repeated request counts twice, never less.
        let item = Item::new(key.clone(), serde_json::json!({})).expiring(expires);
        check_item(&item)?;
        let mark = format!("{}#{}", self.writer, self.writes.fetch_add(1, Ordering::Relaxed));
        let (expression, values) = assignments(&item, &mark, Attributes::new());
        let request = self.client.update_item().table_name(&self.name).set_key(Some(key_of(key)));
        let request = request.update_expression(expression).set_expression_attribute_values(Some(values));
        let answer = request.return_values(ReturnValue::UpdatedNew).send().await.map_err(|e| unavailable(&e))?;
        let version = answer.attributes.and_then(|mut values| values.remove("version"));
        let count = version.and_then(|value| value.as_n().ok().and_then(|text| text.parse().ok()));
        count.ok_or_else(|| failed(format!("`{}` has no count", key.pk)))
    }

    async fn query(&self, query: &Query) -> Result<Page, LedgerError> {
        self.page(query, false).await
    }

    async fn query_index(&self, query: &Query) -> Result<Page, LedgerError> {
        self.page(query, true).await
    }
}

fn number(n: impl ToString) -> AttributeValue {
    AttributeValue::N(n.to_string())
}

fn key_of(key: &Key) -> Attributes {
    [("pk", &key.pk), ("sk", &key.sk)].map(|(n, v)| (n.to_owned(), AttributeValue::S(v.clone()))).into()
}

/// The update expression of a put with its values: it increments the version and replaces everything else.
fn assignments(item: &Item, mark: &str, mut values: Attributes) -> (String, Attributes) {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let mut set = vec!["body = :body", "written = :written", "version = if_not_exists(version, :zero) + :one"];
    let mut remove = Vec::new();
    let body = AttributeValue::S(item.body.to_string());
    let always = [(":body", body), (":written", text(mark)), (":zero", number(0)), (":one", number(1))];
    values.extend(always.map(|(name, value)| (name.to_owned(), value)));
    match &item.index {
        Some(index) => {
            set.extend(["i1pk = :i1pk", "i1sk = :i1sk"]);
            values.insert(":i1pk".to_owned(), text(&index.pk));
            values.insert(":i1sk".to_owned(), text(&index.sk));
        }
        None => remove.extend(["i1pk", "i1sk"]),
    }
    match item.expires {
        Some(second) => {
            set.push("expires = :expires");
            values.insert(":expires".to_owned(), number(second));
        }
        None => remove.push("expires"),
    }
    let removed = if remove.is_empty() { String::new() } else { format!(" REMOVE {}", remove.join(", ")) };
    (format!("SET {}{removed}", set.join(", ")), values)
}

fn item_of(attributes: Attributes) -> Result<Item, LedgerError> {
    let text = |name: &str| attributes.get(name).and_then(|v| v.as_s().ok()).cloned().unwrap_or_default();
    let (pk, sk) = (text("pk"), text("sk"));
    serde_dynamo::from_item::<_, Record>(attributes)
        .map_err(|e| LedgerError::Corrupt { pk, sk, what: e.to_string() })?
        .item()
}

/// The key condition of a query; `None` where no key can match. DynamoDB accepts one condition on the sort key, so a prefix and a
/// range become their common range.
fn key_condition(query: &Query, pk: &str, sk: &str) -> Option<(String, Attributes)> {
    let mut values: Attributes = [(":pk".to_owned(), AttributeValue::S(query.pk.clone()))].into();
    let mut value = |name: &str, text: String| values.insert(name.to_owned(), AttributeValue::S(text));
    let (mut from, mut to) = (query.from.clone(), query.to.clone());
    let mut expression = format!("{pk} = :pk");
    match &query.prefix {
        Some(prefix) if from.is_none() && to.is_none() => {
            value(":prefix", prefix.clone());
            expression += &format!(" AND begins_with({sk}, :prefix)");
            return Some((expression, values));
        }
        Some(prefix) => {
            let last = format!("{prefix}\u{10ffff}");
            from = Some(from.map_or_else(|| prefix.clone(), |f| f.max(prefix.clone())));
            to = Some(match to {
                Some(to) => to.min(last),
                None => last,
            });
        }
        None => {}
    }
    match (from, to) {
        (Some(from), Some(to)) if from > to => return None,
        (Some(from), Some(to)) => {
            value(":from", from);
            value(":to", to);
            expression += &format!(" AND {sk} BETWEEN :from AND :to");
        }
        (Some(from), None) => {
            value(":from", from);
            expression += &format!(" AND {sk} >= :from");
        }
        (None, Some(to)) => {
            value(":to", to);
            expression += &format!(" AND {sk} <= :to");
        }
        (None, None) => {}
    }
    Some((expression, values))
}

/// The key after which a page starts.
fn start(query: &Query, after: &str, index: bool) -> Result<Attributes, LedgerError> {
    let mut parts = after.split('\u{0}');
    let (Some(place), Some(pk), Some(sk), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(LedgerError::Failed("a page was asked for after a place that no page named".to_owned()));
    };
    let mut out = key_of(&Key::new(pk, sk));
    if index {
        out.insert("i1pk".to_owned(), AttributeValue::S(query.pk.clone()));
        out.insert("i1sk".to_owned(), AttributeValue::S(place.to_owned()));
    }
    Ok(out)
}

/// The waits before retries: they double, with random jitter, so that many writers do not retry at the same time.
fn waits() -> impl Iterator<Item = Duration> {
    let growing = ExponentialBuilder::new().with_min_delay(FIRST_WAIT).with_max_delay(LONGEST_WAIT);
    growing.with_max_times(ATTEMPTS).with_jitter().build()
}

fn conflict(key: &Key) -> LedgerError {
    LedgerError::Conflict { pk: key.pk.clone(), sk: key.sk.clone() }
}

fn failed(error: impl std::fmt::Display) -> LedgerError {
    LedgerError::Failed(error.to_string())
}

/// Whether a retry may succeed, after the retries of the client itself.
fn unavailable<E>(error: &SdkError<E>) -> LedgerError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    const PASSING: [&str; 6] = [
        "ProvisionedThroughputExceededException",
        "ThrottlingException",
        "RequestLimitExceeded",
        "InternalServerError",
        "ServiceUnavailable",
        "TransactionInProgressException",
    ];
    let code = error.code();
    let text = match (code, error.message()) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => code.to_owned(),
        // Only the chain of causes: the full error contains the response.
        (None, _) => {
            let causes = std::iter::successors(Some(error as &dyn std::error::Error), |e| e.source());
            causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
        }
    };
    match error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => {
            LedgerError::Unavailable(text)
        }
        _ if code.is_some_and(|code| PASSING.contains(&code)) => LedgerError::Unavailable(text),
        // A truncated response is a success that cannot be read.
        SdkError::ServiceError(service) if service.raw().status().is_success() => LedgerError::Unavailable(text),
        _ => LedgerError::Failed(text),
    }
}
