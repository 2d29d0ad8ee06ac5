//! Proof that a plan was approved. The executor accepts nothing else.

use tollgate_model::{AuditEntry, PlanRecord, PlanState};

/// A plan that was approved, and whose approval is in the audit log. Only [`ApprovedPlan::check`] makes one.
///
/// ```compile_fail
/// # fn forge(record: tollgate_model::PlanRecord) -> tollgate_actions::ApprovedPlan {
/// tollgate_actions::ApprovedPlan { record }
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ApprovedPlan {
    record: PlanRecord,
}

/// Why a plan is not executed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// It is waiting, declined or over.
    #[error("{id} is {state}, not approved")]
    State {
        /// The plan.
        id: String,
        /// Its state.
        state: PlanState,
    },
    /// The stored plan is not the one that was approved.
    #[error(
        "{id} is not what was approved: its hash differs\nhint: propose it again, and check who may write to the table"
    )]
    Changed {
        /// The plan.
        id: String,
    },
    /// Too few people approved it.
    #[error("{id} lacks {missing}")]
    Missing {
        /// The plan.
        id: String,
        /// The missing approvals.
        missing: String,
    },
    /// The audit log has no approval with its hash.
    #[error("the audit log has no approval of {id} with its hash\nhint: `tollgate audit verify`")]
    NotInLog {
        /// The plan.
        id: String,
    },
}

impl ApprovedPlan {
    /// Checks a record against itself and against the audit entries about it: the hash is computed again, enough different people
    /// approved, and the log holds those approvals with the same hash.
    ///
    /// # Errors
    ///
    /// When any of these checks fails.
    pub fn check(record: &PlanRecord, log: &[AuditEntry]) -> Result<Self, NotApproved> {
        let id = record.plan.id.clone();
        if !matches!(record.state, PlanState::Approved | PlanState::Running) {
            return Err(NotApproved::State { id, state: record.state });
        }
        if record.computed_hash().ok().as_ref() != Some(&record.hash) {
            return Err(NotApproved::Changed { id });
        }
        if let Some(missing) = record.missing() {
            return Err(NotApproved::Missing { id, missing });
        }
        let about =
            |entry: &&AuditEntry| entry.event.subject == id && entry.event.plan_hash.as_ref() == Some(&record.hash);
        let logged = |who: &str| {
            log.iter()
                .filter(about)
                .any(|e| e.event.actor == who && matches!(e.event.action.as_str(), "approved" | "endorsed"))
        };
        let final_word = log.iter().filter(about).any(|e| e.event.action == "approved");
        let everybody = record.decisions.iter().filter(|d| d.approves).all(|d| logged(&d.who));
        if record.decisions.iter().any(|d| !d.approves) || !final_word || !everybody {
            return Err(NotApproved::NotInLog { id });
        }
        Ok(Self { record: record.clone() })
    }

    /// The record.
    pub fn record(&self) -> &PlanRecord {
        &self.record
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tollgate_model::audit::BEGINNING;
    use tollgate_model::{AuditEvent, ChangePlan, Decision, PlanStep, Risk};

    fn record() -> PlanRecord {
        let plan = ChangePlan {
            id: "p-1".to_owned(),
            title: "t".to_owned(),
            why: String::new(),
            incident: None,
            risk: Risk::High,
            requester: "rita".to_owned(),
            steps: vec![PlanStep::manual("delete vol-1")],
            saving_per_month: None,
            rollout: None,
            created_at: "2026-11-21T00:00:00Z".parse().unwrap(),
            expires_at: "2026-11-22T00:00:00Z".parse().unwrap(),
        };
        let decision = |who: &str, in_chat| Decision {
            who: who.to_owned(),
            approves: true,
            in_chat,
            at: "2026-11-21T01:00:00Z".parse().unwrap(),
        };
        PlanRecord {
            hash: plan.hash(2, true).unwrap(),
            plan,
            state: PlanState::Approved,
            needs: 2,
            needs_outside_chat: true,
            decisions: vec![decision("ann", true), decision("bob", false)],
            progress: Vec::new(),
            not_restored: Vec::new(),
        }
    }

    fn entry(who: &str, what: &str, hash: &str) -> AuditEntry {
        AuditEntry {
            number: 1,
            event: AuditEvent {
                at: "2026-11-21T01:00:00Z".parse().unwrap(),
                actor: who.to_owned(),
                action: what.to_owned(),
                subject: "p-1".to_owned(),
                plan_hash: Some(hash.to_owned()),
                via: "slack".to_owned(),
                note: String::new(),
                run: String::new(),
            },
            before: BEGINNING.to_owned(),
        }
    }

    #[test]
    fn nothing_but_an_approved_hash_opens_the_executor() {
        let good = record();
        let log = [entry("ann", "endorsed", &good.hash), entry("bob", "approved", &good.hash)];
        assert!(ApprovedPlan::check(&good, &log).is_ok());
        let refused = |change: &dyn Fn(&mut PlanRecord)| {
            let mut record = record();
            change(&mut record);
            ApprovedPlan::check(&record, &log).unwrap_err()
        };
        for state in PlanState::ALL {
            let open = matches!(state, PlanState::Approved | PlanState::Running);
            assert_eq!(ApprovedPlan::check(&PlanRecord { state, ..record() }, &log).is_ok(), open, "{state}");
        }
        // A different plan, with the old hash or with its own.
        let other = |r: &mut PlanRecord| r.plan.steps[0].what = "delete everything".to_owned();
        assert!(matches!(refused(&other), NotApproved::Changed { .. }));
        let forged = |r: &mut PlanRecord| {
            other(r);
            r.hash = r.computed_hash().unwrap();
        };
        assert!(matches!(refused(&forged), NotApproved::NotInLog { .. }));
        // Fewer approvals than the proposal required.
        assert!(matches!(refused(&|r| r.needs = 1), NotApproved::Changed { .. }));
        assert!(matches!(refused(&|r| r.needs_outside_chat = false), NotApproved::Changed { .. }));
        assert!(matches!(refused(&|r| drop(r.decisions.pop())), NotApproved::Missing { .. }));
        assert!(matches!(refused(&|r| r.decisions[1].in_chat = true), NotApproved::Missing { .. }));
        assert!(matches!(refused(&|r| r.decisions[0].who = "eve".to_owned()), NotApproved::NotInLog { .. }));
        // Half of the log, the log of a different plan, or none.
        for log in [&log[..1], &log[1..], &[entry("bob", "approved", "0"), entry("ann", "approved", "0")][..], &[][..]]
        {
            assert!(matches!(ApprovedPlan::check(&good, log), Err(NotApproved::NotInLog { .. })));
        }
    }
}
