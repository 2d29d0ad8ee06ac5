//! The types of the ledger over the [`Table`] port: periods and their revisions, series, incidents, budget status.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tollgate_model::budget::CrossedThreshold;
use tollgate_model::hash::{ContentHash, bytes_hash};
use tollgate_model::series::SeriesMonth;
use tollgate_model::{
    BillingPeriod, BudgetStatus, Content, Day, Feedback, Incident, IncidentState, Message, PeriodTotals, Restatement,
    Revision, SourceId, StatedCost, StoredForecasts, Totals,
};

use crate::billing_periods::counting;
use crate::{Condition, Item, Key, Keys, LedgerError, Query, Table, Write};

/// The current revision of a billing period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentPeriod {
    /// The current revision.
    pub revision: Revision,
    /// Its files in the lake.
    pub parts: Vec<String>,
    /// The number of its series: a reader that finds fewer has read while it was replaced.
    pub series: u64,
    /// Its totals: the proof that nothing was lost.
    pub totals: PeriodTotals,
    /// Both costs, summed from the series.
    pub series_totals: BTreeMap<String, Totals>,
    /// The first day with charges.
    pub first_day: Day,
    /// The last day with charges.
    pub last_day: Day,
    /// The hash of the dimensions that its series are divided by.
    #[serde(default)]
    pub dimensions: ContentHash,
    /// Names of sub accounts, by id.
    pub account_names: BTreeMap<String, String>,
    /// The inputs of the import, for people.
    pub inputs: Vec<String>,
    /// When it became current.
    pub imported_at: Timestamp,
    /// The days of the earlier revision that it changed.
    pub restatement: Restatement,
    /// The earlier revision, kept until readers that started with it have finished.
    pub previous: Option<(Revision, Vec<String>)>,
    /// The name of the delivery among those of its source and month; the first one has no name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub delivery: String,
    /// The last month of the files that brought it, when it is not the month itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<BillingPeriod>,
    /// Whether it holds rows that came late, in the files of `home`. They lie beside the month's own delivery.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late: bool,
    /// The export that brought it, where one names itself: it replaces its own deliveries only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub feed: Option<String>,
    /// The import that brought it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub import: String,
    /// The deliveries that it replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replaced: Vec<ReplacedDelivery>,
    /// The files' own money columns, and how BilledCost and EffectiveCost differ from them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stated: Vec<StatedCost>,
}

/// A delivery that another one replaced. Its files are kept until that one is replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedDelivery {
    /// Its revision.
    pub revision: Revision,
    /// Its name.
    pub delivery: String,
    /// Its files in the lake.
    pub parts: Vec<String>,
    /// Its inputs.
    pub inputs: Vec<String>,
    /// When it became current.
    pub imported_at: Timestamp,
    /// Its BilledCost.
    pub billed: Totals,
}

impl ReplacedDelivery {
    /// What a later delivery keeps of the one that it replaces.
    pub fn of(old: &CurrentPeriod) -> Self {
        Self {
            revision: old.revision.clone(),
            delivery: old.delivery.clone(),
            parts: old.parts.clone(),
            inputs: old.inputs.clone(),
            imported_at: old.imported_at,
            billed: old.totals.billed_lake.clone(),
        }
    }
}

impl CurrentPeriod {
    /// The revisions whose files must stay, with their files: the current one, and those that it replaced.
    pub fn kept(&self) -> Vec<(&Revision, &[String])> {
        let current = (&self.revision, self.parts.as_slice());
        let previous = self.previous.iter().map(|(revision, parts)| (revision, parts.as_slice()));
        let replaced = self.replaced.iter().map(|r| (&r.revision, r.parts.as_slice()));
        [current].into_iter().chain(previous).chain(replaced).collect()
    }

    /// Paths in the lake of the files of the current and the earlier revisions.
    pub fn files(&self) -> BTreeSet<String> {
        let path = |revision: &Revision, name: &String| format!("charges/{revision}/{name}");
        let kept = self.kept();
        kept.iter().flat_map(|(revision, parts)| parts.iter().map(|name| path(revision, name))).collect()
    }
}

/// The last day of a source that detection has judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatermarkRecord {
    /// The last complete and judged day.
    pub judged_through: Day,
}

/// Thresholds of a budget that were reported in one of its periods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertedThresholds(pub Vec<CrossedThreshold>);

/// The state of Tollgate.
#[derive(Clone)]
pub struct Ledger {
    table: Arc<dyn Table>,
    keys: Keys,
}

/// The number of revisions in one message: a transaction has at most 100 writes.
const ANNOUNCED_AT_ONCE: usize = 90;
/// Attempts of a read that coincides with a write.
const READ_TRIES: usize = 5;

impl Ledger {
    /// The ledger of one tenant on a table.
    pub fn new(table: Arc<dyn Table>, tenant: &str) -> Self {
        Self { table, keys: Keys::of(tenant) }
    }

    /// The tenant whose ledger it is.
    pub fn tenant(&self) -> &str {
        self.keys.tenant()
    }

    /// The table below the ledger.
    pub fn table(&self) -> &Arc<dyn Table> {
        &self.table
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The first current delivery of a billing period with the version of its pointer.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn current_period(
        &self,
        source: &SourceId,
        period: BillingPeriod,
    ) -> Result<Option<(CurrentPeriod, u64)>, LedgerError> {
        Ok(self.current_deliveries(source, period).await?.into_iter().next())
    }

    /// Every current delivery of a billing period, by name, with the versions of their pointers.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn current_deliveries(
        &self,
        source: &SourceId,
        period: BillingPeriod,
    ) -> Result<Vec<(CurrentPeriod, u64)>, LedgerError> {
        Ok(counting(self.deliveries_of_month(source, period).await?, |(delivery, _)| delivery))
    }

    /// A current delivery with the version of its pointer.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn current_delivery(
        &self,
        source: &SourceId,
        period: BillingPeriod,
        delivery: &str,
    ) -> Result<Option<(CurrentPeriod, u64)>, LedgerError> {
        let all = self.current_deliveries(source, period).await?;
        Ok(all.into_iter().find(|(current, _)| current.delivery == delivery))
    }

    /// The current revision of every billing period, by source and period.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn periods(&self) -> Result<Vec<CurrentPeriod>, LedgerError> {
        let items = self.table.query_index_all(Query::partition(self.keys.periods_index())).await?;
        let all = items.into_iter().map(|item| decode(&item)).collect::<Result<Vec<CurrentPeriod>, _>>()?;
        Ok(counting(all, |delivery| delivery))
    }

    /// Saves the series of a revision that is not current yet. Saving them again changes nothing.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_series(&self, revision: &Revision, series: &[SeriesMonth]) -> Result<(), LedgerError> {
        let pk = self.keys.series(revision);
        let items = series
            .iter()
            .map(|s| Ok(Item::new(Key::new(pk.clone(), s.key.id()), encode(s)?)))
            .collect::<Result<Vec<_>, LedgerError>>()?;
        self.table.put_all(items).await
    }

    /// Writes one message about all unannounced revisions, including those of killed runs. Returns their number.
    ///
    /// # Errors
    ///
    /// When the store fails; the revisions stay unannounced then.
    pub async fn announce_revisions(&self, at: Timestamp, run: &str) -> Result<usize, LedgerError> {
        let marks = self.table.query_all(Query::partition(self.keys.unannounced())).await?;
        let mut announced = 0;
        for marks in marks.chunks(ANNOUNCED_AT_ONCE) {
            let revisions = marks.iter().map(decode).collect::<Result<Vec<Revision>, _>>()?;
            let name = bytes_hash(revisions.iter().map(ToString::to_string).collect::<String>().as_bytes());
            let id = format!("{run}#revisions-{name:032x}");
            let content = Content::RevisionsCurrent { revisions };
            let message = Message { id: id.into(), at, run: run.to_owned(), content };
            let mut writes: Vec<Write> =
                marks.iter().map(|m| Write::Delete(m.key.clone(), Condition::Version(m.version))).collect();
            self.add_messages(&mut writes, &[message])?;
            match self.table.transact(writes).await {
                Ok(()) => announced += marks.len(),
                // Another run announced or replaced some of them: the rest waits for the next call.
                Err(LedgerError::Conflict { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(announced)
    }

    /// Every revision of a billing period, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn history(&self, source: &SourceId, period: BillingPeriod) -> Result<Vec<CurrentPeriod>, LedgerError> {
        let pk = self.keys.current(source, period, "").pk;
        let items = self.table.query_all(Query::partition(pk).prefix("REVISION#")).await?;
        items.iter().map(decode).collect()
    }

    /// The series of the current revision of a billing period: all of one revision, even while another becomes current.
    ///
    /// # Errors
    ///
    /// When the store fails, or the period is replaced faster than it can be read.
    pub async fn series(&self, current: &CurrentPeriod) -> Result<Vec<SeriesMonth>, LedgerError> {
        let mut current = current.clone();
        for _ in 0..READ_TRIES {
            let found = self.series_of(&current.revision).await?;
            if found.len() as u64 == current.series {
                return Ok(found);
            }
            let Revision { source, period, .. } = &current.revision;
            match self.current_delivery(source, *period, &current.delivery).await? {
                Some((newer, _)) if newer.revision != current.revision => current = newer,
                _ => break,
            }
        }
        let Revision { source, period, .. } = &current.revision;
        Err(LedgerError::Unavailable(format!("the series of {source} {period} changed while they were read")))
    }

    /// The series of a revision, current or not.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn series_of(&self, revision: &Revision) -> Result<Vec<SeriesMonth>, LedgerError> {
        let items = self.table.query_all(Query::partition(self.keys.series(revision))).await?;
        items.iter().map(decode).collect()
    }

    /// Removes the series of a revision that is no longer current.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn remove_series(&self, revision: &Revision) -> Result<(), LedgerError> {
        let items = self.table.query_all(Query::partition(self.keys.series(revision))).await?;
        self.table.delete_all(items.into_iter().map(|i| i.key).collect()).await
    }

    /// The last day of a source that detection has judged.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn watermark(&self, source: &SourceId) -> Result<Option<Day>, LedgerError> {
        let found: Option<(WatermarkRecord, u64)> = self.read(&self.keys.watermark(source)).await?;
        Ok(found.map(|(w, _)| w.judged_through))
    }

    /// One incident with the version of its item.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn incident(&self, id: &str) -> Result<Option<(Incident, u64)>, LedgerError> {
        self.read(&self.keys.incident(id)).await
    }

    /// Incidents of the given states with the versions of their items, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn incidents(&self, states: &[IncidentState]) -> Result<Vec<(Incident, u64)>, LedgerError> {
        let mut out = Vec::new();
        for state in states {
            for item in self.table.query_index_all(Query::partition(self.keys.incidents_index(*state))).await? {
                out.push((decode::<Incident>(&item)?, item.version));
            }
        }
        out.sort_by(|(a, _), (b, _)| (a.start, &a.id).cmp(&(b.start, &b.id)));
        Ok(out)
    }

    /// Saves an incident with its message, if its item still has the version that was read (`None`: does not exist).
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when another writer changed it first.
    pub async fn put_incident(
        &self,
        incident: &Incident,
        read_version: Option<u64>,
        message: Option<&Message>,
    ) -> Result<(), LedgerError> {
        let item = self.incident_item(incident)?;
        let condition = read_version.map_or(Condition::Absent, Condition::Version);
        let mut writes = vec![Write::Put(item, condition)];
        self.add_messages(&mut writes, message.as_slice())?;
        self.table.transact(writes).await
    }

    /// Feedback on incidents, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn feedback(&self) -> Result<Vec<Feedback>, LedgerError> {
        let items = self.table.query_all(Query::partition(self.keys.feedback())).await?;
        items.iter().map(decode).collect()
    }

    /// The saved baselines, in chunks.
    ///
    /// # Errors
    ///
    /// When the store fails. Unreadable chunks are left out: their baselines are learned again.
    pub async fn baselines(&self) -> Result<Vec<Vec<u8>>, LedgerError> {
        let items = self.table.query_all(Query::partition(self.keys.baselines())).await?;
        Ok(items.iter().filter_map(|i| BASE64.decode(i.body.as_str()?).ok()).collect())
    }

    /// Replaces the saved baselines. They are a cache: each chunk is checked when it is read, so a reader that meets half of a
    /// write only learns more of them again.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_baselines(&self, chunks: &[Vec<u8>]) -> Result<(), LedgerError> {
        let pk = self.keys.baselines();
        let name = |i: usize| format!("{i:06}");
        let items = chunks.iter().enumerate();
        let items =
            items.map(|(i, c)| Item::new(Key::new(pk.clone(), name(i)), Value::String(BASE64.encode(c)))).collect();
        self.table.put_all(items).await?;
        let before = self.table.query_all(Query::partition(pk)).await?;
        let gone = before.into_iter().map(|i| i.key).filter(|key| key.sk >= name(chunks.len())).collect();
        self.table.delete_all(gone).await
    }

    /// The last day with known cost of the newest saved forecasts; `None` if there are none.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn newest_forecasts(&self) -> Result<Option<Day>, LedgerError> {
        let query = Query { descending: true, limit: 1, ..Query::partition(self.keys.forecasts()) };
        Ok(self.table.query(&query).await?.items.first().and_then(|item| item.key.sk.parse().ok()))
    }

    /// The saved forecasts, oldest first.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn forecasts(&self) -> Result<Vec<StoredForecasts>, LedgerError> {
        let items = self.table.query_all(Query::partition(self.keys.forecasts())).await?;
        items.iter().map(decode).collect()
    }

    /// Saves the forecasts of a run, and deletes those of more than `keep` days before.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_forecasts(&self, forecasts: &StoredForecasts, keep: i32) -> Result<(), LedgerError> {
        let pk = self.keys.forecasts();
        let item = Item::new(Key::new(pk.clone(), forecasts.as_of.to_string()), encode(forecasts)?);
        self.table.put_all(vec![item]).await?;
        let oldest = forecasts.as_of.plus(-keep - 1).to_string();
        let query = Query { to: Some(oldest), ..Query::partition(pk) };
        let gone = self.table.query_all(query).await?.into_iter().map(|item| item.key).collect();
        self.table.delete_all(gone).await
    }

    /// Saves the last judged day of each source.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_watermarks(&self, judged: &BTreeMap<SourceId, Day>) -> Result<(), LedgerError> {
        let items = judged
            .iter()
            .map(|(source, day)| {
                Ok(Item::new(self.keys.watermark(source), encode(&WatermarkRecord { judged_through: *day })?))
            })
            .collect::<Result<_, LedgerError>>()?;
        self.table.put_all(items).await
    }

    /// The thresholds of a budget that were reported in the period that starts on a day, with the version of the record.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn alerted_thresholds(
        &self,
        name: &str,
        start: Day,
    ) -> Result<Option<(AlertedThresholds, u64)>, LedgerError> {
        self.read(&self.keys.alerted_thresholds(name, start)).await
    }

    /// The last status of a budget.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn last_budget_status(&self, name: &str) -> Result<Option<BudgetStatus>, LedgerError> {
        let pk = self.keys.budget_status(name, Day::EPOCH).pk;
        let query = Query { descending: true, limit: 1, ..Query::partition(pk).prefix("STATUS#") };
        self.table.query(&query).await?.items.first().map(decode).transpose()
    }

    /// The statuses of a budget, the newest day first, at most `most`.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn budget_history(&self, name: &str, most: usize) -> Result<Vec<BudgetStatus>, LedgerError> {
        let pk = self.keys.budget_status(name, Day::EPOCH).pk;
        let query = Query { descending: true, limit: most, ..Query::partition(pk).prefix("STATUS#") };
        self.table.query(&query).await?.items.iter().map(decode).collect()
    }

    /// Saves the status of a budget on a day and, with `alert`, the reported thresholds (with the version that was read) and
    /// their message.
    ///
    /// # Errors
    ///
    /// [`LedgerError::Conflict`] when another run reported a threshold first.
    pub async fn put_budget_status(
        &self,
        status: &BudgetStatus,
        alert: Option<(&AlertedThresholds, Option<u64>, &Message)>,
    ) -> Result<(), LedgerError> {
        let item = Item::new(self.keys.budget_status(&status.name, status.as_of), encode(status)?);
        let Some((thresholds, read_version, message)) = alert else { return self.table.put_all(vec![item]).await };
        let record = Item::new(self.keys.alerted_thresholds(&status.name, status.period.start), encode(thresholds)?);
        let condition = read_version.map_or(Condition::Absent, Condition::Version);
        let mut writes = vec![Write::Put(item, Condition::None), Write::Put(record, condition)];
        self.add_messages(&mut writes, std::slice::from_ref(message))?;
        self.table.transact(writes).await
    }

    /// Saves a message without another fact.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub async fn put_message(&self, message: &Message) -> Result<(), LedgerError> {
        let mut writes = Vec::new();
        self.add_messages(&mut writes, std::slice::from_ref(message))?;
        self.table.transact(writes).await
    }

    pub(crate) fn add_messages<M: Borrow<Message>>(
        &self,
        writes: &mut Vec<Write>,
        messages: &[M],
    ) -> Result<(), LedgerError> {
        for message in messages {
            writes.push(Write::Put(self.outbox_item(message.borrow())?, Condition::None));
        }
        Ok(())
    }

    pub(crate) fn incident_item(&self, incident: &Incident) -> Result<Item, LedgerError> {
        let index = Key::new(self.keys.incidents_index(incident.state), format!("{}#{}", incident.start, incident.id));
        Ok(Item::new(self.keys.incident(&incident.id), encode(incident)?).indexed(index))
    }

    pub(crate) async fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Option<(T, u64)>, LedgerError> {
        let item = self.table.get(key).await?;
        item.map(|item| Ok((decode(&item)?, item.version))).transpose()
    }
}

pub(crate) fn encode(noun: &impl Serialize) -> Result<Value, LedgerError> {
    serde_json::to_value(noun).map_err(|e| LedgerError::Failed(e.to_string()))
}

pub(crate) fn decode<T: DeserializeOwned>(item: &Item) -> Result<T, LedgerError> {
    T::deserialize(&item.body).map_err(|e| LedgerError::Corrupt {
        pk: item.key.pk.clone(),
        sk: item.key.sk.clone(),
        what: e.to_string(),
    })
}
