//! Columns that are computed when charges are read: the dimensions of the policy file, and tags.
//!
//! The files keep what the provider delivered. A dimension that changes is therefore right at once, for all months, without the original
//! files and without writing anything.

use std::fmt;

use tollgate_model::Revision;

/// The port of a computed column of the view `charges`.
///
/// # Contract
///
/// The value depends on the values of [`sources`](Self::sources) only: each combination of values is computed once. Two columns with equal
/// [`definition`](Self::definition) compute the same.
pub trait ChargeColumn: fmt::Debug + Send + Sync {
    /// Its name in the view: `x_team`. It hides a column of the files that has the same name.
    fn name(&self) -> &str;

    /// Its key in the column `dimensions`; `None` for a column that is no dimension.
    fn dimension(&self) -> Option<&str> {
        None
    }

    /// The text columns of the files that it reads. One that no file has is unknown in every row.
    fn sources(&self) -> &[String];

    /// The text that defines it.
    fn definition(&self) -> String;

    /// Its value in a row, from the values of its sources; `None` is unknown.
    fn value(&self, sources: &[Option<&str>]) -> Option<String>;

    /// The same as an expression of SQL, for engines without functions of Tollgate. Errors with what cannot be expressed.
    fn sql(&self) -> Result<String, String>;
}

/// What a query sees as the view `charges`: the given files of the given revisions, with computed columns.
#[derive(Clone, Copy, Debug)]
pub struct ChargeView<'a> {
    /// The files that count.
    pub files: &'a [(Revision, Vec<String>)],
    /// The computed columns.
    pub columns: &'a [std::sync::Arc<dyn ChargeColumn>],
    /// Whether a query sees the columns that its text names only: it is planned faster, and `select *` is not possible.
    pub named_only: bool,
}

impl<'a> ChargeView<'a> {
    /// The charges of files without computed columns.
    pub fn of_files(files: &'a [(Revision, Vec<String>)]) -> Self {
        Self::new(files, &[])
    }

    /// Creates a view of the charges of files with computed columns.
    pub fn new(files: &'a [(Revision, Vec<String>)], columns: &'a [std::sync::Arc<dyn ChargeColumn>]) -> Self {
        Self { files, columns, named_only: false }
    }
}
