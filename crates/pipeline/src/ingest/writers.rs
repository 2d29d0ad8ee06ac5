//! The files that an import writes, with a bounded number open at the same time.

use std::collections::BTreeMap;

use tollgate_lake::{EncodedGroup, PartSchema, PartWriter};
use tollgate_model::limits::{IMPORT_PARTS, OPEN_PARTS};
use tollgate_sources::SourceError;

use super::BillingKey;
use super::arriving::Arriving;
use crate::{Context, PipelineError};

/// The open files of one input.
pub(super) struct Writers {
    input: String,
    open: BTreeMap<BillingKey, Open>,
    /// Files begun.
    begun: usize,
    /// Groups appended, to find the least recently used file.
    appended: u64,
}

struct Open {
    writer: PartWriter,
    used: u64,
}

impl Writers {
    pub(super) fn new(input: &str) -> Self {
        Self { input: input.to_owned(), open: BTreeMap::new(), begun: 0, appended: 0 }
    }

    /// Appends a row group to the file of its billing period. When too many files are open, the least recently used is completed.
    ///
    /// # Errors
    ///
    /// When the store fails, or the import writes too many files.
    pub(super) async fn append(
        &mut self,
        context: &Context,
        run: &str,
        place: BillingKey,
        schema: &PartSchema,
        group: EncodedGroup,
        arriving: &mut BTreeMap<BillingKey, Arriving>,
    ) -> Result<(), PipelineError> {
        self.appended += 1;
        if !self.open.contains_key(&place) {
            if self.open.len() >= OPEN_PARTS.size() {
                let oldest = self.open.iter().min_by_key(|(_, open)| open.used).map(|(place, _)| place.clone());
                if let Some((place, open)) = oldest.and_then(|place| self.open.remove_entry(&place)) {
                    complete(&self.input, place, open, arriving).await?;
                }
            }
            self.begun += 1;
            if self.begun > IMPORT_PARTS.size() {
                let what = "its sources or months alternate, so that it would write more files".to_owned();
                return Err(SourceError::Limit { path: self.input.as_str().into(), what, limit: &IMPORT_PARTS }.into());
            }
            let writer = context.lake.begin_part(run, self.begun, schema).await?;
            self.open.insert(place.clone(), Open { writer, used: 0 });
        }
        if let Some(open) = self.open.get_mut(&place) {
            open.used = self.appended;
            open.writer.append(group).await?;
        }
        Ok(())
    }

    /// Completes every file.
    ///
    /// # Errors
    ///
    /// When the store fails.
    pub(super) async fn finish(mut self, arriving: &mut BTreeMap<BillingKey, Arriving>) -> Result<(), PipelineError> {
        while let Some((place, open)) = self.open.pop_first() {
            if let Err(error) = complete(&self.input, place, open, arriving).await {
                self.abort().await;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Aborts every open file. The error to report is the one that stopped the reading.
    pub(super) async fn abort(self) {
        for open in self.open.into_values() {
            let _ = open.writer.abort().await;
        }
    }
}

async fn complete(
    input: &str,
    place: BillingKey,
    open: Open,
    arriving: &mut BTreeMap<BillingKey, Arriving>,
) -> Result<(), PipelineError> {
    let part = open.writer.finish().await?;
    let arrived = arriving.entry(place).or_default();
    arrived.parts.push(part);
    if !arrived.inputs.iter().any(|known| known == input) {
        arrived.inputs.push(input.to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tollgate_lake::Lake;
    use tollgate_ledger::conformance::TestClock;
    use tollgate_ledger::{Ledger, MemoryTable};
    use tollgate_model::{Amount, Charge, ChargeBatch, ChargeCategory, ChargePeriod, Currency, Day, Money, SourceId};
    use tollgate_policy::Policy;

    use super::*;
    use crate::State;

    fn context() -> Context {
        let clock = TestClock::at(0);
        let state = State {
            ledger: Ledger::new(Arc::new(MemoryTable::new(clock.clone())), "t"),
            policy: Arc::new(Policy::without_file()),
            clock,
            run: "test".into(),
        };
        Context { state, lake: Lake::in_memory() }
    }

    fn group() -> (PartSchema, EncodedGroup) {
        let day = ChargePeriod::of_day("2026-11-01".parse::<Day>().unwrap());
        let charge = Charge::new(ChargeCategory::Usage, Money::new(Amount::ZERO, Currency::USD), day, day);
        let batch = ChargeBatch::from_charges(&[charge]);
        let schema = PartSchema::of(&batch);
        let mut encoder = schema.encoder().unwrap();
        encoder.write(&batch).unwrap();
        (schema, encoder.finish().unwrap().unwrap())
    }

    #[tokio::test]
    async fn a_bounded_number_of_files_is_open_and_every_group_is_kept() {
        let (context, mut writers, mut arriving) = (context(), Writers::new("x.csv"), BTreeMap::new());
        for round in 0..2 {
            for number in 0..OPEN_PARTS.size() + 5 {
                let place = (SourceId::from_text(&format!("s{number}")), "2026-11".parse().unwrap());
                let (schema, group) = group();
                writers.append(&context, "run", place, &schema, group, &mut arriving).await.unwrap();
                assert!(writers.open.len() <= OPEN_PARTS.size(), "open-parts in round {round}");
            }
        }
        writers.finish(&mut arriving).await.unwrap();
        let parts: Vec<_> = arriving.values().flat_map(|a| a.parts.clone()).collect();
        let rows = context.lake.totals(&parts).await.unwrap().rows;
        assert_eq!(rows as usize, 2 * (OPEN_PARTS.size() + 5));
        assert!(arriving.values().all(|a| a.inputs == ["x.csv"]));
    }

    #[tokio::test]
    async fn an_import_that_would_write_too_many_files_is_refused() {
        let (context, mut writers, mut arriving) = (context(), Writers::new("x.csv"), BTreeMap::new());
        writers.begun = IMPORT_PARTS.size();
        let (schema, group) = group();
        let place = (SourceId::from_text("s"), "2026-11".parse().unwrap());
        let error =
            writers.append(&context, "run", place, &schema, group, &mut arriving).await.unwrap_err().to_string();
        assert!(error.contains("`import-parts` of 10,000 files"), "{error}");
    }
}
