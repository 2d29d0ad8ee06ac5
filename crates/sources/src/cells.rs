//! One cell of text into its column.

use tollgate_model::Fixed;

use crate::Note;
use crate::charge_draft::ChargeDraft;
use crate::format::{CellType, RawColumn};
use crate::number::{DecimalMark, Number, Oddity, number};
use crate::survey::FileContext;
use crate::value::is_null;

/// Reads the cells of a chunk.
pub(crate) struct CellReader<'a> {
    context: &'a FileContext,
    /// Every number of the file has a decimal comma, if it has decimals.
    decimal_comma: bool,
}

impl<'a> CellReader<'a> {
    pub(crate) fn new(context: &'a FileContext) -> Self {
        Self { context, decimal_comma: context.has_decimal_commas() }
    }

    /// Appends a cell. An unreadable cost rejects the row if the row needs it; any other unreadable number is unknown and counted as a
    /// note.
    pub(crate) fn push(
        &self,
        column: &mut RawColumn,
        cell: CellType,
        text: &str,
        (row, index): (usize, usize),
        draft: &mut ChargeDraft,
    ) {
        match column {
            RawColumn::Text(values) if cell == CellType::Skip => values.push(None),
            RawColumn::Text(values) => values.push((!is_null(text)).then_some(text)),
            RawColumn::Decimal(values) => match cell {
                CellType::Price => values.push(self.price::<24>(text, draft)),
                CellType::Quantity => values.push(self.price::<18>(text, draft)),
                _ => values.push(self.cost(text, row, index, draft)),
            },
        }
    }

    /// An exact cost.
    pub(crate) fn cost(&self, text: &str, row: usize, index: usize, draft: &mut ChargeDraft) -> Option<Fixed<24>> {
        let (value, oddity) = self.number(text, draft);
        match oddity {
            Some(Oddity::Rounded) => draft.count_note(Note::RoundedCost, 1),
            Some(Oddity::Unreadable(reason)) => draft.bad_cost(row, index, reason),
            Some(Oddity::Decorated) | None => {}
        }
        value
    }

    /// A unit price or quantity: rounded if it has too many decimal places, unknown if it is unreadable.
    pub(crate) fn price<const S: u32>(&self, text: &str, draft: &mut ChargeDraft) -> Option<Fixed<S>> {
        let (value, oddity) = self.number(text, draft);
        match oddity {
            Some(Oddity::Rounded) => draft.count_note(Note::RoundedQuantity, 1),
            Some(Oddity::Unreadable(_)) => draft.count_note(Note::UnreadableQuantity, 1),
            Some(Oddity::Decorated) | None => {}
        }
        value
    }

    fn number<const S: u32>(&self, text: &str, draft: &mut ChargeDraft) -> (Option<Fixed<S>>, Option<Oddity>) {
        let mut mark = Ok(DecimalMark::Unknown);
        let Number { value, oddity } = number(text, self.decimal_comma, || {
            mark = self.context.mark();
            mark.clone()
        });
        match (&mark, &oddity) {
            (Err(reason), _) => draft.refuse(reason.clone()),
            (Ok(DecimalMark::Comma), Some(Oddity::Decorated | Oddity::Rounded)) => {
                draft.count_note(Note::DecimalComma, 1)
            }
            (_, Some(Oddity::Decorated)) => draft.count_note(Note::DecoratedAmount, 1),
            _ => {}
        }
        (value, oddity)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_below_the_last_place_are_rounded_and_noted() {
        let context = FileContext::alone(std::path::Path::new("x.csv"));
        let reader = CellReader::new(&context);
        let mut draft = ChargeDraft::default();
        let quantity = |text: &str, draft: &mut ChargeDraft| reader.price::<18>(text, draft).map(|q| q.to_string());
        assert_eq!(quantity("1.23456789012345678949", &mut draft).as_deref(), Some("1.234567890123456789"));
        assert_eq!(quantity("1E-30", &mut draft).as_deref(), Some("0"));
        assert_eq!(quantity("many", &mut draft), None);
        assert_eq!(draft.notes[&Note::RoundedQuantity], 2);
        assert_eq!(reader.cost("1E-30", 0, 0, &mut draft).map(|c| c.to_string()).as_deref(), Some("0"));
        assert_eq!(draft.notes[&Note::RoundedCost], 1);
        assert_eq!(reader.cost("many", 0, 0, &mut draft), None);
        assert_eq!(draft.bad_costs().len(), 1);
    }
}
