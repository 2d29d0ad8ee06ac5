//! A recommendation in the making: what the kind says of all, and what was seen of one.

use serde_json::{Map, Value};
use tollgate_model::hash::bytes_hash;
use tollgate_model::recommendation::{
    AdviceSource, AdviceSubject, Effort, Evidence, Recommendation, Saving, SavingBasis, SuggestedChange,
};
use tollgate_model::{AccountRegion, Amount, Resource, Risk};

use super::{Kind, Scene};

/// A recommendation in the making.
pub(super) struct Draft<'s> {
    scene: &'s Scene<'s>,
    out: Recommendation,
}

/// How many parts of a million a share is.
const MILLION: i64 = 1_000_000;

impl<'s> Draft<'s> {
    pub(super) fn of(scene: &'s Scene<'s>, kind: &Kind, resource: &Resource, what: String) -> Self {
        let subject = AdviceSubject {
            resource_type: Some(resource.resource_type()),
            id: resource.id.clone(),
            place: resource.place.clone(),
            name: resource.name().to_owned(),
        };
        let mut out = Self::about(scene, kind, subject, what);
        out.out.cost_per_month = scene.spend(resource).and_then(|s| s.month(s.open.saturating_add(s.committed)));
        out
    }

    pub(super) fn about(scene: &'s Scene<'s>, kind: &Kind, subject: AdviceSubject, what: String) -> Self {
        let trust = scene.trust.get(&(kind.name.to_owned(), subject.place.account.clone())).copied().unwrap_or(100);
        let out = Recommendation {
            id: id(kind.name, &subject.place, &subject.id),
            kind: kind.name.to_owned(),
            action_type: kind.action_type.to_owned(),
            subject,
            what,
            evidence: Vec::new(),
            saving: Saving::unknown(scene.currency, "nobody says what it costs"),
            cost_per_month: None,
            confidence_percent: kind.confidence * trust / 100,
            implementation_effort: kind.effort,
            restart_needed: kind.restart,
            rollback_possible: kind.rollback,
            risk: kind.risk,
            source: AdviceSource::Tollgate,
            also: Vec::new(),
            instead: None,
            suggested_change: None,
            score: 0,
        };
        Self { scene, out }
    }

    pub(super) fn saw(mut self, what: &str, value: impl ToString) -> Self {
        self.out.evidence.push(Evidence { what: what.to_owned(), value: value.to_string() });
        self
    }

    pub(super) fn suggested_change(mut self, kind: &str, with: &[(&str, Value)]) -> Self {
        let with: Map<String, Value> = with.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        self.out.suggested_change = Some(SuggestedChange { kind: kind.to_owned(), with });
        self
    }

    pub(super) fn less_sure(mut self, percent: u32) -> Self {
        self.out.confidence_percent = self.out.confidence_percent.saturating_sub(percent);
        self
    }

    pub(super) fn riskier(mut self) -> Self {
        self.out.risk = Risk::High;
        self
    }

    pub(super) fn effort(mut self, effort: Effort) -> Self {
        self.out.implementation_effort = effort;
        self
    }

    pub(super) fn note(mut self, note: &str) -> Self {
        self.out.saving.notes.push(note.to_owned());
        self
    }

    /// Saves all that the resource really costs; by list prices where no charge names it.
    pub(super) fn saves_all(self, resource: &Resource, kind: &str, attributes: Value) -> Self {
        let list = self.scene.rates.monthly(kind, attributes, &resource.place.region);
        self.saves_share(resource, (MILLION, MILLION), list)
    }

    /// Saves what one costs more than the other: of what the resource really costs as much as list prices differ.
    pub(super) fn saves_difference(self, resource: &Resource, kind: &str, now: Value, then: Value) -> Self {
        let region = &resource.place.region;
        let price = |attributes| self.scene.rates.monthly(kind, attributes, region);
        let (Some(now), Some(then)) = (price(now), price(then)) else {
            return self.note("a price of one of both is not known");
        };
        let share = |a: Amount, b: Amount| {
            let millionths = b.units().checked_mul(MILLION.into())?.checked_div(a.units())?;
            Some(MILLION.saturating_sub(i64::try_from(millionths).ok()?))
        };
        // Bounds of a region's prices move together: low is compared with low.
        let (Some(low), Some(high)) = (share(now.0, then.0), share(now.1, then.1)) else { return self };
        let list = (now.0.saturating_sub(then.0), now.1.saturating_sub(then.1));
        self.saves_share(resource, (low.min(high), low.max(high)), Some((list.0.min(list.1), list.0.max(list.1))))
    }

    /// Saves a share of what the resource really costs, in millionths; `list` where no charge names it.
    pub(super) fn saves_share(
        mut self,
        resource: &Resource,
        (low, high): (i64, i64),
        list: Option<(Amount, Amount)>,
    ) -> Self {
        let Some(spend) = self.scene.spend(resource) else {
            if let Some(between) = list {
                self.out.saving = Saving {
                    between: Some(between),
                    currency: self.scene.currency,
                    basis: SavingBasis::List,
                    notes: vec!["by list prices: no charge names the resource".to_owned()],
                };
            }
            return self;
        };
        let part = |amount: Amount, share: i64| spend.month(amount).and_then(|m| m.ratio(share, MILLION));
        let (Some(least), Some(most)) = (part(spend.open, low), part(spend.open, high)) else { return self };
        self.out.saving = Saving {
            between: Some((least, most)),
            currency: spend.currency,
            basis: SavingBasis::Effective,
            notes: Vec::new(),
        };
        if let Some(covered) = part(spend.committed, high).filter(|c| !c.is_zero()) {
            let covered = tollgate_model::money::grouped(covered, spend.currency.minor_places());
            let note = format!(
                "{covered} {} a month of it is covered by a commitment: that is saved only if the commitment then covers something else",
                spend.currency
            );
            self.out.saving.notes.push(note);
        }
        self
    }

    /// Saves so much.
    pub(super) fn saves(mut self, saving: Saving) -> Self {
        self.out.saving = saving;
        self
    }

    /// Ends it, if it is worth a word: a saving that is known and too small is not, one that is not known may be.
    pub(super) fn put(mut self, out: &mut Vec<Recommendation>) {
        if self.out.saving.between.is_some_and(|(_, most)| most < self.scene.thresholds.min_saving) {
            let covered = self.out.saving.notes.iter().any(|n| n.contains("commitment"));
            // What a commitment pays for saves nothing, and people should know that it idles.
            if !covered {
                return;
            }
        }
        self.out.score = score(&self.out);
        out.push(self.out);
    }
}

/// What names a recommendation: its kind and what it is about.
pub(super) fn id(kind: &str, place: &AccountRegion, subject: &str) -> String {
    let name = format!("{kind}|{}|{}|{subject}", place.account, place.region);
    format!("a-{:08x}", (bytes_hash(name.as_bytes()) >> 96) as u32)
}

/// Saving × confidence ÷ (effort × risk), in hundredths. Weights double by class: an order of magnitude of work apart is worth a tenth.
pub(super) fn score(of: &Recommendation) -> i64 {
    let Some(saving) = of.saving.likely().filter(|s| !s.is_negative()) else { return 0 };
    let effort = match of.implementation_effort {
        Effort::VeryLow => 1,
        Effort::Low => 2,
        Effort::Medium => 4,
        Effort::High => 8,
        Effort::VeryHigh => 16,
    };
    let risk = match of.risk {
        Risk::Low => 1,
        Risk::Medium => 2,
        Risk::High => 4,
    };
    let weighed = saving.ratio(i64::from(of.confidence_percent), effort * risk);
    weighed.and_then(|s| i64::try_from(s.round(0).units() / Amount::whole(1).units()).ok()).unwrap_or(i64::MAX)
}
