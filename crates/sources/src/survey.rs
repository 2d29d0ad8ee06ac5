//! What the files of one call show about their notation: the order of day and month, and the decimal mark.
//!
//! One value does not show it: `05/06/2026` is two days, `1,500` two amounts. So the question is answered once for a file, from
//! all of its values, and for dates from the other files of the call where the file itself has no answer. A file that nothing in it
//! needs the answer for is never read twice.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tollgate_model::Currency;

use crate::number::{DecimalMark, MarkEvidence, mark_evidence};
use crate::value::{SlashOrder, slash_parts};
use crate::{ReadOptions, SourceError};

/// What the files of one call show about their notation. Options that are cloned share it.
#[derive(Clone, Default)]
pub struct Survey {
    files: Arc<Mutex<Vec<Arc<Surveyed>>>>,
}

impl std::fmt::Debug for Survey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Survey")
    }
}

/// Reads a file again, for its notation only.
pub(crate) type Again = Box<dyn Fn() -> Result<Evidence, SourceError> + Send + Sync>;

struct Surveyed {
    again: Again,
    evidence: OnceLock<Result<Evidence, String>>,
}

impl Surveyed {
    fn evidence(&self) -> Result<&Evidence, String> {
        let evidence = self.evidence.get_or_init(|| (self.again)().map_err(|error| error.to_string()));
        evidence.as_ref().map_err(Clone::clone)
    }
}

/// What the values of a file show.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Evidence {
    day_first: bool,
    month_first: bool,
    /// A billing period starts on the first day of a month in one order only.
    start_day_first: bool,
    start_month_first: bool,
    cost: Marks,
    quantity: Marks,
}

#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    point: bool,
    comma: bool,
}

impl Marks {
    fn add(&mut self, text: &str) {
        match mark_evidence(text) {
            MarkEvidence::Point => self.point = true,
            MarkEvidence::Comma => self.comma = true,
            MarkEvidence::None => {}
        }
    }
}

impl Evidence {
    /// Adds a date; `starts_period` if it is the start of a billing period.
    pub(crate) fn add_date(&mut self, text: &str, starts_period: bool) {
        let Some((first, second)) = slash_parts(text) else { return };
        self.day_first |= (13..=31).contains(&first) && second <= 12;
        self.month_first |= (13..=31).contains(&second) && first <= 12;
        if starts_period && first != second {
            self.start_day_first |= first == 1;
            self.start_month_first |= second == 1;
        }
    }

    /// Adds a cost.
    pub(crate) fn add_cost(&mut self, text: &str) {
        self.cost.add(text);
    }

    /// Adds a quantity or a unit price.
    pub(crate) fn add_quantity(&mut self, text: &str) {
        self.quantity.add(text);
    }

    /// The order that the file itself proves.
    fn order(&self) -> Result<Option<SlashOrder>, String> {
        let of = |day, month| match (day, month) {
            (true, false) => Some(SlashOrder::DayFirst),
            (false, true) => Some(SlashOrder::MonthFirst),
            _ => None,
        };
        if self.day_first && self.month_first {
            return Err("some dates are day/month/year and some month/day/year".to_owned());
        }
        Ok(of(self.day_first, self.month_first).or_else(|| of(self.start_day_first, self.start_month_first)))
    }

    fn mark(&self) -> Result<DecimalMark, String> {
        match (self.cost, self.quantity) {
            (Marks { point: true, comma: true }, _) => {
                Err("some amounts have decimal commas and some decimal points".to_owned())
            }
            (Marks { comma: true, .. }, _) => Ok(DecimalMark::Comma),
            (Marks { point: true, .. }, _) => Ok(DecimalMark::Point),
            (_, Marks { comma: true, point: false }) => Ok(DecimalMark::Comma),
            (_, Marks { comma: false, point: true }) => Ok(DecimalMark::Point),
            _ => Ok(DecimalMark::Unknown),
        }
    }
}

/// A file that is read, with what the other files of the call show.
pub(crate) struct FileContext {
    pub(crate) path: PathBuf,
    /// The currency of rows without one.
    pub(crate) currency: Option<Currency>,
    survey: Survey,
    file: Arc<Surveyed>,
    /// Ask for the decimal mark before the first number: fields are not separated by commas.
    eager: bool,
}

impl FileContext {
    /// Registers a file with the survey of its call.
    pub(crate) fn new(path: &Path, options: &ReadOptions, eager: bool, again: Again) -> Self {
        let file = Arc::new(Surveyed { again, evidence: OnceLock::new() });
        options.survey.files.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&file));
        Self { path: path.to_owned(), currency: options.currency, survey: options.survey.clone(), file, eager }
    }

    /// A file without others, for tests and for readings that need no answer.
    pub(crate) fn alone(path: &Path) -> Self {
        Self::new(path, &ReadOptions::default(), false, Box::new(|| Ok(Evidence::default())))
    }

    /// The order of day and month in dates with slashes.
    ///
    /// # Errors
    ///
    /// When dates contradict each other.
    pub(crate) fn order(&self) -> Result<(SlashOrder, bool), SourceError> {
        let refused = |what: String| SourceError::Ambiguous { path: self.path.clone(), what };
        if let Some(order) = self.file.evidence().and_then(|e| e.order()).map_err(refused)? {
            return Ok((order, true));
        }
        let files: Vec<Arc<Surveyed>> = self.survey.files.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut orders = files.iter().filter_map(|f| f.evidence().ok()?.order().ok()?);
        match orders.next() {
            // Month first, as in English exports of Azure.
            None => Ok((SlashOrder::MonthFirst, false)),
            Some(order) if orders.all(|o| o == order) => Ok((order, true)),
            Some(_) => Err(refused(
                "its dates can be day/month/year or month/day/year, and the other files of the call have both orders"
                    .to_owned(),
            )),
        }
    }

    /// The decimal mark of the file.
    ///
    /// # Errors
    ///
    /// When amounts contradict each other.
    pub(crate) fn mark(&self) -> Result<DecimalMark, String> {
        self.file.evidence().and_then(|e| e.mark())
    }

    /// Whether the file is known to have decimal commas, before a number of it is read.
    pub(crate) fn has_decimal_commas(&self) -> bool {
        let asked = self.eager || self.file.evidence.get().is_some();
        asked && self.mark() == Ok(DecimalMark::Comma)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(options: &ReadOptions, dates: &'static [&'static str]) -> FileContext {
        let again = move || {
            let mut evidence = Evidence::default();
            dates.iter().for_each(|d| evidence.add_date(d, false));
            Ok(evidence)
        };
        FileContext::new(Path::new("a.csv"), options, false, Box::new(again))
    }

    #[test]
    fn a_file_without_proof_follows_the_others_of_its_call() {
        let options = ReadOptions::default();
        let (open, proven) = (file(&options, &["01/02/2026"]), file(&options, &["13/02/2026", "01/02/2026"]));
        assert_eq!(open.order().unwrap(), (SlashOrder::DayFirst, true));
        assert_eq!(proven.order().unwrap(), (SlashOrder::DayFirst, true));
        let other = file(&options, &["02/13/2026"]);
        assert_eq!(other.order().unwrap(), (SlashOrder::MonthFirst, true));
        assert!(open.order().unwrap_err().to_string().contains("both orders"));
        let alone = file(&ReadOptions::default(), &["01/02/2026"]);
        assert_eq!(alone.order().unwrap(), (SlashOrder::MonthFirst, false));
        let mixed = file(&ReadOptions::default(), &["13/02/2026", "02/13/2026"]);
        assert!(mixed.order().unwrap_err().to_string().contains("some dates are day/month/year"));
    }

    #[test]
    fn a_billing_period_starts_on_the_first_of_a_month() {
        let mut evidence = Evidence::default();
        evidence.add_date("01/11/2026", true);
        assert_eq!(evidence.order(), Ok(Some(SlashOrder::DayFirst)));
        let mut evidence = Evidence::default();
        evidence.add_date("11/01/2026", true);
        assert_eq!(evidence.order(), Ok(Some(SlashOrder::MonthFirst)));
    }
}
