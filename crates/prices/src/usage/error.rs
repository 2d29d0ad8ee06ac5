//! Why a usage file cannot be read.

use std::fmt;

/// What is wrong in a usage file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageFault {
    /// The line, from 1, if known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// How to fix it.
    pub hint: String,
}

/// Everything that is wrong in a usage file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError(pub Vec<UsageFault>);

impl UsageError {
    pub(super) fn one(line: Option<usize>, message: String, hint: &str) -> Self {
        Self(vec![UsageFault { line, message, hint: hint.to_owned() }])
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, fault) in self.0.iter().enumerate() {
            if n > 0 {
                writeln!(f)?;
            }
            if let Some(line) = fault.line {
                write!(f, "line {line}: ")?;
            }
            write!(f, "{}", fault.message)?;
            if !fault.hint.is_empty() {
                write!(f, "\nhint: {}", fault.hint)?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for UsageError {}
