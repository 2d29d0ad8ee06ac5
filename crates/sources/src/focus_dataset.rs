//! FOCUS's datasets beside the charges: files of billing periods, invoice details and contract commitments.

use std::path::Path;

use tollgate_model::limits::DATASET_ROWS;
use tollgate_model::{DatasetRow, FocusDataset};

use crate::SourceError;
use crate::file::open_raw;
use crate::format::{CellType, RawColumn};
use crate::survey::FileContext;

/// Reads a file of a dataset: CSV, JSON or Parquet, plain or compressed. `None` for any other file; columns that the dataset does not
/// have are left out, and rows without the columns that name them are too.
///
/// # Errors
///
/// When the file is of a dataset and cannot be read, or has more rows than the limit.
pub fn read_dataset(path: &Path) -> Result<Option<(FocusDataset, Vec<DatasetRow>)>, SourceError> {
    // What cannot be opened is reported with the charges.
    let Ok(mut raw) = open_raw(path) else { return Ok(None) };
    let Some(dataset) = FocusDataset::of_header(raw.header()) else { return Ok(None) };
    let columns: Vec<Option<&str>> = raw.header().iter().map(|name| dataset.column(name)).collect();
    let cells = vec![CellType::Text; columns.len()];
    let context = FileContext::alone(path);
    let mut rows = Vec::new();
    while let Some(chunk) = raw.next_raw()? {
        let batch = chunk.read(&cells, &context)?;
        for at in 0..batch.rows {
            let value = |(name, column): (&Option<&str>, &RawColumn)| match (name, column) {
                (Some(name), RawColumn::Text(text)) => {
                    text.get(at).filter(|value| !value.is_empty()).map(|value| ((*name).to_owned(), value.to_owned()))
                }
                _ => None,
            };
            let row: DatasetRow = columns.iter().zip(&batch.columns).filter_map(value).collect();
            if dataset.key().iter().any(|key| row.contains_key(*key)) {
                rows.push(row);
            }
        }
        if rows.len() > DATASET_ROWS.size() {
            let what = format!("{} has more", dataset.table());
            return Err(SourceError::Limit { path: path.to_owned(), what, limit: &DATASET_ROWS });
        }
    }
    Ok(Some((dataset, rows)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_dataset_are_read_and_charges_are_left_to_their_reader() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| {
            let path = folder.path().join("a.csv");
            std::fs::write(&path, text).unwrap();
            path
        };
        let path = write(
            "InvoiceIssuerName,billing_period_start,BillingPeriodStatus,x_More\nAWS,2026-10-01T00:00:00Z,Closed,1\n,,Open,2\n",
        );
        let (dataset, rows) = read_dataset(&path).unwrap().unwrap();
        assert_eq!((dataset, rows.len()), (FocusDataset::BillingPeriods, 1));
        assert_eq!(rows[0]["BillingPeriodStart"], "2026-10-01T00:00:00Z");
        assert_eq!(rows[0].len(), 3);
        let charges = write("BilledCost,ChargePeriodStart,ServiceName\n1,2026-10-01,EC2\n");
        assert!(read_dataset(&charges).unwrap().is_none());
        assert!(read_dataset(&folder.path().join("none.csv")).unwrap().is_none());
    }

    #[test]
    fn a_dataset_with_more_rows_than_the_limit_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        let mut text = "ContractCommitmentId,ContractCommitmentCategory\n".to_owned();
        (0..=DATASET_ROWS.value).for_each(|row| text += &format!("c-{row},Spend\n"));
        std::fs::write(&path, text).unwrap();
        let error = read_dataset(&path).unwrap_err().to_string();
        assert!(error.contains("dataset-rows"), "{error}");
    }
}
