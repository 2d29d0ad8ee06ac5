//! The exit codes of `tollgate`.

use std::process::ExitCode;

/// How a command ended. The number is the process's exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// The command succeeded.
    Success = 0,
    /// The command failed. Standard error has the reason.
    Failure = 1,
    /// The command line is wrong. clap ends the process with this code itself.
    Usage = 2,
    /// The command succeeded and found problems that need attention.
    Findings = 3,
}

impl Exit {
    pub(crate) const ALL: [Self; 4] = [Self::Success, Self::Failure, Self::Usage, Self::Findings];

    /// [`Exit::Findings`] when there are findings.
    pub(crate) fn with_findings(found: bool) -> Self {
        if found { Self::Findings } else { Self::Success }
    }

    /// The meaning, as `--help` shows it.
    pub(crate) fn meaning(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Failure => "failure; the message has the reason and the next step",
            Self::Usage => "invalid command line",
            Self::Findings => "success with findings: rejected rows, failed deliveries, differences beyond tolerance",
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
