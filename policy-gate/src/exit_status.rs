//! Exit codes of the program, declared once: the help and docs/reference/gate.md take them from here.

/// How a run of the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum ExitStatus {
    /// Nothing blocks.
    Passed = 0,
    /// A finding blocks, or a test of the policy fails.
    Blocked = 1,
    /// A wrong argument, or input that cannot be read: nothing passes without a verdict.
    NoVerdict = 2,
}

/// The sentence at the end of the help.
pub const EXIT_CODES: &str = "Exit codes: 0 passed, 1 blocked, 2 no verdict.";

impl ExitStatus {
    /// Every status, by code.
    pub const ALL: [Self; 3] = [Self::Passed, Self::Blocked, Self::NoVerdict];

    /// The status of a verdict.
    pub const fn of_verdict(blocked: bool) -> Self {
        if blocked { Self::Blocked } else { Self::Passed }
    }

    /// The exit code.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// The name, in the help.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Blocked => "blocked",
            Self::NoVerdict => "no verdict",
        }
    }

    /// The meaning, in the reference.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Passed => "nothing blocks",
            Self::Blocked => "a finding blocks, or a test of the policy fails",
            Self::NoVerdict => "a wrong argument, or input that cannot be read",
        }
    }
}

impl From<ExitStatus> for std::process::ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_names_every_code() {
        let named = ExitStatus::ALL.map(|s| format!("{} {}", s.code(), s.as_str()));
        assert_eq!(EXIT_CODES, format!("Exit codes: {}.", named.join(", ")));
    }
}
