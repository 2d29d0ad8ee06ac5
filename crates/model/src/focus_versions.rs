//! The columns that FOCUS 1.3 and 1.4 added to the charges, and which version has which columns.
//!
//! Charges are kept with the columns of 1.2. A later column is kept under its name with `x_` before it, where a file has
//! it, and is shown under its own name.
//!
//! Source: FinOps Open Cost and Usage Specification 1.3 and 1.4, dataset Cost and Usage (focus.finops.org), read
//! 2026-11-28.

use crate::Column;

/// A version of FOCUS whose columns can be written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FocusVersion {
    /// 1.2, the version of the lake's files.
    #[default]
    V1_2,
    /// 1.3: split cost allocation, contract commitments; the names of providers are split.
    V1_3,
    /// 1.4: invoice details and eligibility; the deprecated names of providers are gone.
    V1_4,
}

impl FocusVersion {
    /// Every version, oldest first.
    pub const ALL: [Self; 3] = [Self::V1_2, Self::V1_3, Self::V1_4];

    /// The number: `1.4`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V1_2 => "1.2",
            Self::V1_3 => "1.3",
            Self::V1_4 => "1.4",
        }
    }

    /// The names of the version's columns, in order of name.
    pub fn columns(self) -> Vec<&'static str> {
        let gone = |c: &&Column| self >= Self::V1_4 && matches!(c, Column::ProviderName | Column::PublisherName);
        let old = Column::ALL.iter().filter(|c| !gone(c)).map(|c| c.name());
        let later = LaterColumn::ALL.iter().filter(|c| c.since() <= self).map(|c| c.name());
        let mut names: Vec<&str> = old.chain(later).collect();
        names.sort_unstable();
        names
    }
}

impl std::fmt::Display for FocusVersion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for FocusVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|version| version.name() == text)
            .ok_or_else(|| format!("`{text}` is no version of FOCUS that can be written: 1.2, 1.3 or 1.4"))
    }
}

/// A column of charges that is newer than FOCUS 1.2. All of them hold text or JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "the names are the specification's own")]
pub enum LaterColumn {
    AllocatedMethodDetails,
    AllocatedMethodId,
    AllocatedResourceId,
    AllocatedResourceName,
    AllocatedTags,
    CommitmentProgramEligibilityDetails,
    ContractApplied,
    HostProviderName,
    InvoiceDetailId,
    ServiceProviderName,
}

impl LaterColumn {
    /// Every later column, by name.
    pub const ALL: [Self; 10] = [
        Self::AllocatedMethodDetails,
        Self::AllocatedMethodId,
        Self::AllocatedResourceId,
        Self::AllocatedResourceName,
        Self::AllocatedTags,
        Self::CommitmentProgramEligibilityDetails,
        Self::ContractApplied,
        Self::HostProviderName,
        Self::InvoiceDetailId,
        Self::ServiceProviderName,
    ];

    /// The name in a header, which is also the end of [`stored_name`](Self::stored_name).
    pub fn name(self) -> &'static str {
        self.stored_name().trim_start_matches("x_")
    }

    /// The name under which the lake's files have it.
    pub const fn stored_name(self) -> &'static str {
        match self {
            Self::AllocatedMethodDetails => "x_AllocatedMethodDetails",
            Self::AllocatedMethodId => "x_AllocatedMethodId",
            Self::AllocatedResourceId => "x_AllocatedResourceId",
            Self::AllocatedResourceName => "x_AllocatedResourceName",
            Self::AllocatedTags => "x_AllocatedTags",
            Self::CommitmentProgramEligibilityDetails => "x_CommitmentProgramEligibilityDetails",
            Self::ContractApplied => "x_ContractApplied",
            Self::HostProviderName => "x_HostProviderName",
            Self::InvoiceDetailId => "x_InvoiceDetailId",
            Self::ServiceProviderName => "x_ServiceProviderName",
        }
    }

    /// The column that a header names, whatever its letters' case or underscores.
    pub fn from_header(header: &str) -> Option<Self> {
        let letters = |text: &str| text.chars().filter(|c| *c != '_').flat_map(char::to_lowercase).collect::<String>();
        let wanted = letters(header.trim());
        Self::ALL.into_iter().find(|column| letters(column.name()) == wanted)
    }

    /// The first version that has it.
    pub const fn since(self) -> FocusVersion {
        match self {
            Self::CommitmentProgramEligibilityDetails | Self::InvoiceDetailId => FocusVersion::V1_4,
            _ => FocusVersion::V1_3,
        }
    }

    /// The 1.2 column whose value stands for it where a charge has none. 1.2 describes the provider as 1.3 describes the
    /// service provider, and 1.3 lets the host equal it where no other host is known.
    pub const fn fallback(self) -> Option<Column> {
        match self {
            Self::HostProviderName | Self::ServiceProviderName => Some(Column::ProviderName),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_the_columns_of_its_specification() {
        let columns = |version: FocusVersion| version.columns();
        assert_eq!(columns(FocusVersion::V1_2).len(), 57);
        assert_eq!(columns(FocusVersion::V1_3).len(), 65);
        assert_eq!(columns(FocusVersion::V1_4).len(), 65);
        assert!(columns(FocusVersion::V1_3).contains(&"ProviderName"));
        assert!(!columns(FocusVersion::V1_3).contains(&"InvoiceDetailId"));
        assert!(!columns(FocusVersion::V1_4).contains(&"PublisherName"));
        assert!(columns(FocusVersion::V1_4).is_sorted());
    }

    #[test]
    fn later_columns_are_in_order_and_are_none_of_1_2() {
        assert!(LaterColumn::ALL.is_sorted_by_key(|c| c.name()));
        assert!(LaterColumn::ALL.iter().all(|c| Column::from_header(c.name()).is_none()));
        assert!(LaterColumn::ALL.iter().all(|c| c.stored_name() == format!("x_{}", c.name())));
        assert_eq!(LaterColumn::from_header("allocated_method_id"), Some(LaterColumn::AllocatedMethodId));
        assert_eq!(LaterColumn::from_header("x_AllocatedMethodId"), None);
    }

    #[test]
    fn a_version_is_read_by_its_number() {
        assert_eq!("1.4".parse(), Ok(FocusVersion::V1_4));
        assert!("1.5".parse::<FocusVersion>().unwrap_err().contains("1.2, 1.3 or 1.4"));
    }
}
