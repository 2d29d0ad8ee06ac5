//! Charges as Parquet and SQL over them.
