//! The bill's own money columns: merged over chunks, files and deliveries.

use tollgate_model::{MoneyError, StatedCost, StatedDifference};

/// Adds the sums of other parts of the same bill.
pub(crate) fn merge(all: &mut Vec<StatedCost>, other: Vec<StatedCost>) -> Result<(), MoneyError> {
    for part in other {
        match all.iter_mut().find(|known| (&known.column, known.against) == (&part.column, part.against)) {
            Some(known) => {
                known.stated.merge(&part.stated)?;
                known.cost.merge(&part.cost)?;
                for difference in part.differences {
                    merge_difference(&mut known.differences, difference)?;
                }
            }
            None => all.push(part),
        }
    }
    Ok(())
}

/// Adds a difference, if it is none.
pub(super) fn add_difference(column: &mut StatedCost, difference: StatedDifference) -> Result<(), MoneyError> {
    if difference.amount.is_empty() {
        return Ok(());
    }
    merge_difference(&mut column.differences, difference)
}

fn merge_difference(all: &mut Vec<StatedDifference>, other: StatedDifference) -> Result<(), MoneyError> {
    match all.iter_mut().find(|known| (&known.kind, &known.reason) == (&other.kind, &other.reason)) {
        Some(known) => {
            known.rows += other.rows;
            known.amount.merge(&other.amount)
        }
        None => {
            all.push(other);
            Ok(())
        }
    }
}
