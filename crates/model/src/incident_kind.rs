//! The kinds of incidents, each with its playbook.

use serde::{Deserialize, Serialize};

/// The kind of incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentKind {
    /// Some days of higher cost.
    Spike,
    /// Some days of lower cost.
    Drop,
    /// A new level that stays.
    LevelShift,
    /// Cost where there was none.
    NewCost,
    /// Cost that stopped.
    Stopped,
    /// A slow change over days.
    Drift,
    /// Cost that left one account, service or region while it appeared in another.
    Moved,
    /// The unused part of a commitment grew.
    CommitmentUnused,
    /// Commitments cover less of the usage that they could cover.
    CoverageFell,
    /// A commitment expires soon, or has expired.
    CommitmentEnds,
    /// A unit costs more or less than its baseline: an order, a request.
    UnitCost,
}

impl IncidentKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::Spike,
        Self::Drop,
        Self::LevelShift,
        Self::NewCost,
        Self::Stopped,
        Self::Drift,
        Self::Moved,
        Self::CommitmentUnused,
        Self::CoverageFell,
        Self::CommitmentEnds,
        Self::UnitCost,
    ];

    /// The spelling of the policy file.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Drop => "drop",
            Self::LevelShift => "level_shift",
            Self::NewCost => "new_cost",
            Self::Stopped => "stopped",
            Self::Drift => "drift",
            Self::Moved => "moved",
            Self::CommitmentUnused => "commitment_unused",
            Self::CoverageFell => "coverage_fell",
            Self::CommitmentEnds => "commitment_ends",
            Self::UnitCost => "unit_cost",
        }
    }

    /// For people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Spike => "spike",
            Self::Drop => "drop",
            Self::LevelShift => "level shift",
            Self::NewCost => "new cost",
            Self::Stopped => "stopped",
            Self::Drift => "drift",
            Self::Moved => "moved",
            Self::CommitmentUnused => "commitment unused",
            Self::CoverageFell => "coverage fell",
            Self::CommitmentEnds => "commitment ends",
            Self::UnitCost => "unit cost",
        }
    }

    /// Whether it is about a commitment, not about usage.
    pub const fn is_of_commitment(self) -> bool {
        matches!(self, Self::CommitmentUnused | Self::CoverageFell | Self::CommitmentEnds)
    }

    /// Whether it is about the cost of a unit, such as an order.
    pub const fn is_of_unit(self) -> bool {
        matches!(self, Self::UnitCost)
    }

    /// What to check, most useful step first.
    pub const fn playbook(self) -> &'static [&'static str] {
        match self {
            Self::Spike => &[
                "find the resource or usage type that explains it, and who started it",
                "is it over? If not, stop or cap it: a runaway job, a retry loop, a log level, a backfill",
                "planned? `tollgate incidents expect ID --for 14d` keeps it quiet",
                "set a budget on the scope, so that its threshold also reports the next one",
            ],
            Self::Drop => &[
                "planned? A schedule, a maintenance window and a holiday look like this: then there is nothing to do",
                "an outage, a failed job or an export that is late looks the same: check the service",
                "an invoice or a fee that is missing comes later: watch the next days",
            ],
            Self::LevelShift => &[
                "find what changed on its first day: a deployment, a new size, a second environment, a price",
                "compare usage with cost: the same usage at a higher price means a lost discount or commitment",
                "too large for its usage? Rightsize, or schedule what idles at night",
                "here to stay? Move the budget and the forecast with it, and consider a commitment after a month",
            ],
            Self::NewCost => &[
                "find the owner: the tag, the owner of the account, the change that created it",
                "not intended? Remove it before it holds data that must be kept",
                "intended? Give it tags, a budget and an owner",
            ],
            Self::Stopped => &[
                "switched off on purpose? Then there is nothing to do",
                "an outage, a failed deployment or an export that is late looks the same: check the service",
                "check for leftovers: volumes, snapshots, addresses, commitments",
            ],
            Self::Drift => &[
                "find what grows: storage without a lifecycle, logs without an end, a table without a limit",
                "compare with the business: do customers or requests grow as fast?",
                "set retention, lifecycle rules or a limit, then watch the slope",
            ],
            Self::Moved => &[
                "planned? A migration between accounts, services or regions: compare the net with its business case",
                "check for leftovers on the side that was left: volumes, snapshots, addresses",
                "move budgets and commitments to the new side",
            ],
            Self::CommitmentUnused => &[
                "the usage that it covered stopped, moved to another region or family, or is covered by another commitment",
                "move matching usage under it; exchange or sell the rest where possible",
                "do not renew that part when it expires",
            ],
            Self::CoverageFell => &[
                "a commitment expired, or usage grew beyond it",
                "find the steady part of the usage of the last month, and commit to that much",
            ],
            Self::CommitmentEnds => &[
                "its usage costs on-demand prices from that day on",
                "check its usage over the last month, and renew what was used",
            ],
            Self::UnitCost => &[
                "did the cost change, or the units? `tollgate units NAME` shows both",
                "fewer units at the same cost: capacity that does not follow demand; scale it, or schedule it",
                "more cost at the same units: find the service with `tollgate incidents` and `tollgate forecast --by service`",
                "a restated business figure? `tollgate metrics show NAME` lists what was restated",
            ],
        }
    }
}
