//! The builder of a recommendation: the properties of its kind, plus the evidence and the saving of one resource.

use serde_json::{Map, Value};
use tollgate_model::hash::short_id;
use tollgate_model::recommendation::{
    AdviceSource, AdviceSubject, Effort, Evidence, Recommendation, Saving, SavingBasis, SuggestedChange,
};
use tollgate_model::{AccountRegion, Amount, Resource, Risk};

use super::{AdviceInput, AdviceKind};

/// Builds one recommendation.
pub(super) struct RecommendationBuilder<'s> {
    input: &'s AdviceInput<'s>,
    out: Recommendation,
}

/// The denominator of shares in millionths.
const MILLION: i64 = 1_000_000;

impl<'s> RecommendationBuilder<'s> {
    pub(super) fn for_resource(
        input: &'s AdviceInput<'s>,
        kind: &AdviceKind,
        resource: &Resource,
        what: String,
    ) -> Self {
        let subject = AdviceSubject {
            resource_type: Some(resource.resource_type()),
            id: resource.id.clone(),
            place: resource.place.clone(),
            name: resource.name().to_owned(),
        };
        let mut out = Self::for_subject(input, kind, subject, what);
        out.out.cost_per_month =
            input.spend_of(resource).and_then(|s| s.monthly(s.on_demand.saturating_add(s.committed)));
        out
    }

    pub(super) fn for_subject(
        input: &'s AdviceInput<'s>,
        kind: &AdviceKind,
        subject: AdviceSubject,
        what: String,
    ) -> Self {
        let track_record =
            input.track_record.get(&(kind.name.to_owned(), subject.place.account.clone())).copied().unwrap_or(100);
        let out = Recommendation {
            id: id(kind.name, &subject.place, &subject.id),
            kind: kind.name.to_owned(),
            action_type: kind.action_type.to_owned(),
            subject,
            what,
            evidence: Vec::new(),
            saving: Saving::unknown(input.currency, "its cost is unknown"),
            cost_per_month: None,
            confidence_percent: kind.confidence * track_record / 100,
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
        Self { input, out }
    }

    pub(super) fn evidence(mut self, what: &str, value: impl ToString) -> Self {
        self.out.evidence.push(Evidence { what: what.to_owned(), value: value.to_string() });
        self
    }

    pub(super) fn suggested_change(mut self, kind: &str, with: &[(&str, Value)]) -> Self {
        let with: Map<String, Value> = with.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
        self.out.suggested_change = Some(SuggestedChange { kind: kind.to_owned(), with });
        self
    }

    pub(super) fn lower_confidence(mut self, percent: u32) -> Self {
        self.out.confidence_percent = self.out.confidence_percent.saturating_sub(percent);
        self
    }

    pub(super) fn high_risk(mut self) -> Self {
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

    /// Saves the whole cost of the resource: by its charges, or by list prices if it has none.
    pub(super) fn saves_all(self, resource: &Resource, kind: &str, attributes: Value) -> Self {
        let list = self.input.list_prices.monthly(kind, attributes, &resource.place.region);
        self.saves_share(resource, (MILLION, MILLION), list)
    }

    /// Saves the difference of two list prices, as a share of the cost of the resource.
    pub(super) fn saves_difference(self, resource: &Resource, kind: &str, now: Value, then: Value) -> Self {
        let region = &resource.place.region;
        let price = |attributes| self.input.list_prices.monthly(kind, attributes, region);
        let (Some(now), Some(then)) = (price(now), price(then)) else {
            return self.note("the current or the new price is unknown");
        };
        let share = |a: Amount, b: Amount| {
            let millionths = b.units().checked_mul(MILLION.into())?.checked_div(a.units())?;
            Some(MILLION.saturating_sub(i64::try_from(millionths).ok()?))
        };
        // The bounds of a region's prices are correlated: low is compared with low.
        let (Some(low), Some(high)) = (share(now.0, then.0), share(now.1, then.1)) else { return self };
        let list = (now.0.saturating_sub(then.0), now.1.saturating_sub(then.1));
        self.saves_share(resource, (low.min(high), low.max(high)), Some((list.0.min(list.1), list.0.max(list.1))))
    }

    /// Saves a share of the cost of the resource, in millionths, or `list` if it has no charges.
    pub(super) fn saves_share(
        mut self,
        resource: &Resource,
        (low, high): (i64, i64),
        list: Option<(Amount, Amount)>,
    ) -> Self {
        let Some(spend) = self.input.spend_of(resource) else {
            if let Some(between) = list {
                self.out.saving = Saving {
                    between: Some(between),
                    currency: self.input.currency,
                    basis: SavingBasis::List,
                    covered: None,
                    notes: vec!["by list prices, because the resource has no charges".to_owned()],
                };
            }
            return self;
        };
        let part = |amount: Amount, share: i64| spend.monthly(amount).and_then(|m| m.ratio(share, MILLION));
        let (Some(least), Some(most)) = (part(spend.on_demand, low), part(spend.on_demand, high)) else { return self };
        self.out.saving = Saving {
            between: Some((least, most)),
            currency: spend.currency,
            basis: SavingBasis::Effective,
            covered: None,
            notes: Vec::new(),
        };
        if let Some(covered) = part(spend.committed, high).filter(|c| !c.is_zero()) {
            self.out.saving.covered = Some(covered);
            let covered = tollgate_model::money::grouped(covered, spend.currency.minor_places());
            let note = format!(
                "{covered} {} a month is covered by a commitment and is saved only if the commitment then covers other use",
                spend.currency
            );
            self.out.saving.notes.push(note);
        }
        self
    }

    /// Sets the saving.
    pub(super) fn saves(mut self, saving: Saving) -> Self {
        self.out.saving = saving;
        self
    }

    /// Finishes the recommendation and adds it, unless its saving is known and too small. An unknown saving may be worthwhile.
    pub(super) fn push_to(mut self, out: &mut Vec<Recommendation>) {
        let too_small = self.out.saving.between.is_some_and(|(_, most)| most < self.input.thresholds.min_saving);
        // Stopping covered use saves nothing, but the commitment is wasted on it: that is worth reporting.
        if too_small && self.out.saving.covered.is_none() {
            return;
        }
        self.out.score = score(&self.out);
        out.push(self.out);
    }
}

/// The id of a recommendation, from its kind and subject.
pub(super) fn id(kind: &str, place: &AccountRegion, subject: &str) -> String {
    let name = format!("{kind}|{}|{}|{subject}", place.account, place.region);
    short_id("a", &name)
}

/// The score: saving × confidence ÷ (effort × risk), in hundredths. The weight of effort and risk doubles from class to class.
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
