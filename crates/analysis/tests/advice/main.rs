//! Advice on a labelled inventory: precision and recall of each kind, as a reviewed table.

#![expect(clippy::unwrap_used, reason = "test helpers")]

mod inventory;

use std::collections::{BTreeMap, BTreeSet};

use inventory::{Labelled, Prices, TODAY};
use tollgate_analysis::advice::{AdviceInput, KINDS, find_recommendations, merge_recommendations};
use tollgate_model::recommendation::{AdviceSource, Saving, SavingBasis, Thresholds};
use tollgate_model::{Amount, Currency, Recommendation};

fn advised(
    of: &Labelled,
    track_record: &BTreeMap<(String, String), u32>,
    thresholds: &Thresholds,
) -> Vec<Recommendation> {
    let input = AdviceInput {
        resources: &of.resources,
        metrics: &of.metrics,
        spend: &of.spend,
        list_prices: &Prices,
        commitments: &of.commitments,
        on_demand_use: &of.on_demand_use,
        thresholds,
        currency: Currency::USD,
        today: TODAY.parse().unwrap(),
        track_record,
    };
    find_recommendations(&input)
}

fn usual(of: &Labelled) -> Vec<Recommendation> {
    advised(of, &Labelled::track_record(), &Thresholds::default())
}

#[test]
fn every_kind_finds_true_cases_and_no_similar_ones() {
    let labelled = Labelled::new(7, 8);
    let found: BTreeSet<(String, String)> = usual(&labelled).into_iter().map(|r| (r.kind, r.subject.id)).collect();
    let mut table = String::from("kind                   true  found  right  precision  recall\n");
    for kind in KINDS {
        let of = |set: &BTreeSet<(String, String)>| -> BTreeSet<String> {
            set.iter().filter(|(k, _)| k == kind.name).map(|(_, id)| id.clone()).collect()
        };
        let (truth, found) = (of(&labelled.truth), of(&found));
        let right = truth.intersection(&found).count();
        let percent = |of: usize| (right * 100).checked_div(of).map_or("-".to_owned(), |p| format!("{p} %"));
        table += &format!(
            "{:<22} {:>4}  {:>5}  {right:>5}  {:>9}  {:>6}\n",
            kind.name,
            truth.len(),
            found.len(),
            percent(found.len()),
            percent(truth.len())
        );
        assert!(!truth.is_empty(), "{} has no case", kind.name);
    }
    insta::assert_snapshot!(table);
}

#[test]
fn use_covered_by_a_commitment_saves_nothing_and_has_a_note() {
    let labelled = Labelled::new(7, 1);
    let all = usual(&labelled);
    let covered = all.iter().find(|r| r.kind == "idle_instance" && r.saving.basis == SavingBasis::Effective).unwrap();
    assert_eq!(covered.saving.between, Some((Amount::ZERO, Amount::ZERO)));
    assert!(covered.saving.notes.iter().any(|n| n.contains("covered by a commitment")), "{:?}", covered.saving.notes);
    assert_eq!(covered.score, 0);
    // At list prices if it has no charges.
    let open = all.iter().find(|r| r.kind == "idle_instance" && r.saving.basis == SavingBasis::List).unwrap();
    assert_eq!(open.saving.to_string(), "108.00 USD");
}

#[test]
fn contradictions_are_resolved_and_duplicates_counted_once() {
    let labelled = Labelled::new(7, 1);
    let ours = usual(&labelled);
    let idle = ours.iter().find(|r| r.kind == "idle_instance").unwrap().clone();
    let twice = Recommendation {
        source: AdviceSource::CostOptimizationHub,
        saving: Saving { between: Some((Amount::whole(99), Amount::whole(99))), ..idle.saving.clone() },
        ..idle.clone()
    };
    let theirs_alone = Recommendation {
        kind: "rightsize_database".to_owned(),
        subject: tollgate_model::recommendation::AdviceSubject {
            id: "db-elsewhere".to_owned(),
            ..idle.subject.clone()
        },
        source: AdviceSource::ComputeOptimizer,
        ..idle.clone()
    };
    let all = merge_recommendations(ours.clone(), vec![twice.clone(), theirs_alone, twice]);
    assert_eq!(all.len(), ours.len() + 1, "equal recommendations are merged");
    let merged_idle = all.iter().find(|r| r.id == idle.id).unwrap();
    assert_eq!(merged_idle.also.len(), 1);
    assert_eq!(merged_idle.saving, idle.saving, "Tollgate's own saving is kept");
    assert_eq!(merged_idle.confidence_percent, idle.confidence_percent + 5, "a repeated source counts once");
    let resize = all.iter().find(|r| r.kind == "rightsize_instance" && r.subject.id == idle.subject.id).unwrap();
    assert_eq!(resize.instead.as_deref(), Some(idle.id.as_str()), "an instance to stop is not resized");
    let both = all.iter().find(|r| r.kind == "gp2_to_gp3" && r.instead.is_some()).unwrap();
    assert!(all.iter().any(|r| Some(&r.id) == both.instead.as_ref() && r.kind == "unattached_volume"));
    assert!(
        all.windows(2).all(|w| w[0].instead.is_some() <= w[1].instead.is_some()),
        "obsolete recommendations come last"
    );
}

#[test]
fn confidence_follows_the_track_record() {
    let labelled = Labelled::new(7, 1);
    let confidence = |track_record: u32| {
        let track_record = BTreeMap::from([(("idle_instance".to_owned(), "111122223333".to_owned()), track_record)]);
        let all = advised(&labelled, &track_record, &Thresholds::default());
        let of = |kind: &str| all.iter().find(|r| r.kind == kind).unwrap().confidence_percent;
        (of("idle_instance"), of("unused_address"))
    };
    assert_eq!((confidence(100), confidence(50)), ((85, 85), (42, 85)));
}

#[test]
fn disabled_kinds_are_left_out() {
    let labelled = Labelled::new(7, 1);
    let without: Vec<String> = KINDS.iter().map(|k| k.name.to_owned()).filter(|k| k != "spot").collect();
    let all = advised(&labelled, &Labelled::track_record(), &Thresholds { without, ..Thresholds::default() });
    assert!(all.iter().all(|r| r.kind == "spot") && !all.is_empty());
}

#[test]
fn an_unknown_price_gives_no_saving() {
    struct NoPrices;
    impl tollgate_analysis::advice::ListPrices for NoPrices {
        fn monthly(&self, _: &str, _: serde_json::Value, _: &str) -> Option<(Amount, Amount)> {
            None
        }
    }
    let mut labelled = Labelled::new(7, 1);
    labelled.spend.clear();
    let input = AdviceInput {
        resources: &labelled.resources,
        metrics: &labelled.metrics,
        spend: &labelled.spend,
        list_prices: &NoPrices,
        commitments: &[],
        on_demand_use: &[],
        thresholds: &Thresholds::default(),
        currency: Currency::USD,
        today: TODAY.parse().unwrap(),
        track_record: &Labelled::track_record(),
    };
    let all = find_recommendations(&input);
    assert!(all.len() > 10);
    for r in &all {
        assert_eq!((r.saving.between, r.score), (None, 0), "{}", r.kind);
        assert!(!r.saving.notes.is_empty(), "{} gives no reason", r.kind);
    }
}

/// docs/reference/advice.md, from the kinds themselves. `TOLLGATE_WRITE_DOCS=1 cargo test -p tollgate-analysis` writes it again.
#[test]
#[expect(clippy::disallowed_methods, reason = "the environment variable that rewrites the page")]
fn the_reference_lists_every_kind() {
    let mut text = String::from(
        "# Kinds of advice\n\nFor each kind: its method with the source, and the safeguards against false positives. A test writes this page.\n",
    );
    for k in KINDS {
        let yes = |flag: bool| if flag { "yes" } else { "no" };
        text += &format!(
            "\n## {}\n\n{}. `{}`; initial confidence {} %; effort {}; restart needed: {}; rollback possible: {}; risk {}.\n\n\
             - method: {}\n- safeguard: {}\n",
            k.name,
            k.title,
            k.action_type,
            k.confidence,
            k.effort.as_str(),
            yes(k.restart),
            yes(k.rollback),
            k.risk,
            k.method,
            k.safeguard
        );
    }
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/advice.md");
    if std::env::var_os("TOLLGATE_WRITE_DOCS").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap_or_default() == text, "docs/reference/advice.md is out of date");
}
