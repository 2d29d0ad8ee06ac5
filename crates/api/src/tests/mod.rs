//! The API over real stores: SQLite and Parquet files of two tenants in one table.

mod answers;
mod costs;
mod decisions;
mod document;
mod lists;
mod matrix;
mod mcp;
mod requests;
mod support;
