//! Every setting that is in effect, with where it comes from.

use serde::Serialize;
use tollgate_model::{Risk, Rollback};

use crate::{Match, Policy};

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Origin {
    /// It isn't set anywhere.
    Default,
    /// `tollgate.hcl:14:3`.
    File(String),
}

/// One setting as it is in effect.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// Its name: `detection.min_impact`.
    pub name: String,
    /// Its value as the file would write it.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
}

/// Every setting of a policy. `places` are those that the file has.
pub(crate) fn settings(policy: &Policy, file: &str, places: &[(String, (usize, usize))]) -> Vec<Setting> {
    let Policy { defaults, dimensions, budgets, detection, watches, commitments, .. } = policy;
    let list_of = |texts: &[String]| format!("{texts:?}");
    let written = |scope: &[Match]| {
        let conditions: Vec<String> = scope.iter().map(|m| format!("{} = {:?}", m.name, m.values)).collect();
        format!("{{ {} }}", conditions.join(", "))
    };
    let quoted = |text: &str| format!("\"{text}\"");
    let mut list: Vec<(String, String)> = vec![
        ("defaults.currency".to_owned(), defaults.currency.map_or("null".to_owned(), |c| quoted(c.as_str()))),
        ("defaults.basis".to_owned(), quoted(&defaults.basis.to_string())),
        ("defaults.fiscal_year_starts".to_owned(), defaults.fiscal_year_starts.to_string()),
        ("detection.sensitivity".to_owned(), quoted(detection.sensitivity.as_str())),
        ("detection.min_impact".to_owned(), detection.min_impact.to_string()),
        ("detection.provisional_days".to_owned(), detection.provisional_days.to_string()),
        ("detection.severity.medium".to_owned(), detection.severity.medium.to_string()),
        ("detection.severity.high".to_owned(), detection.severity.high.to_string()),
        ("detection.severity.critical".to_owned(), detection.severity.critical.to_string()),
    ];
    for d in dimensions {
        list.push((format!("dimension.{}.value", d.name), d.source.clone()));
        list.push((format!("dimension.{}.default", d.name), quoted(&d.default)));
    }
    for b in budgets {
        let name = |field: &str| format!("budget.{}.{field}", b.name);
        list.extend([
            (name("amount"), b.amount.to_string()),
            (name("currency"), quoted(b.currency.as_str())),
            (name("period"), quoted(b.period.as_str())),
            (name("basis"), quoted(&b.basis.to_string())),
            (name("scope"), written(&b.scope)),
            (name("thresholds.actual"), format!("{:?}", b.actual)),
            (name("thresholds.forecast"), format!("{:?}", b.forecast)),
            (name("thresholds.pace"), format!("{:?}", b.pace)),
            (name("parent"), b.parent.as_deref().map_or("null".to_owned(), quoted)),
            (name("rollover"), quoted(b.rollover.as_str())),
        ]);
        for a in &b.amendments {
            list.push((name(&format!("amendment.{}", a.on)), format!("{} by {}", a.amount, a.author)));
        }
        for e in &b.escalation {
            list.push((name(&format!("escalation.{}", e.percent)), list_of(&e.channels)));
        }
    }
    for w in watches {
        let name = |field: &str| format!("watch.{}.{field}", w.name);
        list.extend([
            (name("scope"), written(&w.scope)),
            (name("sensitivity"), quoted(w.sensitivity.as_str())),
            (name("min_impact"), w.min_impact.to_string()),
            (name("severity.medium"), w.severity.medium.to_string()),
            (name("severity.high"), w.severity.high.to_string()),
            (name("severity.critical"), w.severity.critical.to_string()),
        ]);
    }
    for c in commitments {
        let name = |field: &str| format!("commitment.{}.{field}", c.name);
        list.extend([
            (name("id"), quoted(&c.id)),
            (name("ends"), quoted(&c.ends.to_string())),
            (name("warn_days"), c.warn_days.to_string()),
        ]);
    }
    for r in policy.rates.iter() {
        list.push((format!("rates.{}.{}", r.since, r.from), format!("{} {}", r.rate, r.to)));
    }
    for c in &policy.channels {
        // The names of secrets may be shown; the secrets are not here.
        let fields = serde_json::to_value(c).unwrap_or_default();
        let fields = fields.as_object().cloned().unwrap_or_default();
        let known = fields.into_iter().filter(|(key, value)| key != "name" && !value.is_null());
        list.extend(known.map(|(key, value)| (format!("channel.{}.{key}", c.name), value.to_string())));
    }
    for r in &policy.routes {
        let name = |field: &str| format!("route.{}.{field}", r.name);
        list.extend([
            (name("about"), list_of(&r.about.iter().map(|a| a.as_str().to_owned()).collect::<Vec<_>>())),
            (name("severity"), quoted(r.severity.as_str())),
            (name("kind"), list_of(&r.kinds.iter().map(|k| k.as_str().to_owned()).collect::<Vec<_>>())),
            (name("scope"), written(&r.scope)),
            (name("channels"), list_of(&r.channels)),
            (name("people"), list_of(&r.people)),
        ]);
    }
    for r in &policy.roles {
        let all = [&r.people, &r.slack_users, &r.slack_groups, &r.emails];
        let all: Vec<String> = all.into_iter().flatten().cloned().collect();
        list.push((format!("role.{}", r.role.as_str()), list_of(&all)));
    }
    for risk in Risk::ALL {
        let a = policy.approval(risk);
        let name = |field: &str| format!("approval.{risk}.{field}");
        list.extend([
            (name("people"), a.people.to_string()),
            (name("requester_may"), a.requester_may.to_string()),
            (name("chat_alone"), a.chat_alone.to_string()),
            (name("expires"), quoted(&format!("{}h", a.expires / 3600))),
        ]);
    }
    let gate = &policy.gate;
    list.extend([
        ("gate.unknown".to_owned(), quoted(gate.unknown.as_str())),
        ("gate.rego".to_owned(), quoted(&gate.rego)),
        ("gate.namespaces".to_owned(), list_of(&gate.namespaces)),
        ("gate.rego_milliseconds".to_owned(), gate.rego_milliseconds.to_string()),
        ("gate.baseline".to_owned(), quoted(&gate.baseline)),
        ("gate.expiring_days".to_owned(), gate.expiring_days.to_string()),
    ]);
    let (advice, thresholds) = (&policy.advice, &policy.advice.thresholds);
    list.extend([
        ("advice.accounts".to_owned(), list_of(&advice.accounts)),
        ("advice.regions".to_owned(), list_of(&advice.regions)),
        ("advice.idle_days".to_owned(), thresholds.idle_days.to_string()),
        ("advice.idle_cpu_percent".to_owned(), thresholds.idle_cpu_percent.to_string()),
        ("advice.headroom_percent".to_owned(), thresholds.headroom_percent.to_string()),
        ("advice.snapshot_days".to_owned(), thresholds.snapshot_days.to_string()),
        ("advice.image_days".to_owned(), thresholds.image_days.to_string()),
        ("advice.log_days".to_owned(), thresholds.log_days.to_string()),
        ("advice.min_saving".to_owned(), thresholds.min_saving.to_string()),
        ("advice.without".to_owned(), list_of(&thresholds.without)),
        ("advice.max_calls".to_owned(), advice.max_calls.to_string()),
        ("advice.max_metrics".to_owned(), advice.max_metrics.to_string()),
        ("advice.ask_aws".to_owned(), advice.ask_aws.to_string()),
    ]);
    let r = &policy.remediation;
    list.extend([
        ("remediation.accounts".to_owned(), list_of(&r.accounts)),
        ("remediation.max_steps".to_owned(), r.max_steps.to_string()),
        ("remediation.max_share_percent".to_owned(), r.max_share_percent.to_string()),
        ("remediation.max_money_a_day".to_owned(), r.max_money_a_day.to_string()),
        ("remediation.max_unpriced_a_day".to_owned(), r.max_unpriced_a_day.to_string()),
        ("remediation.deny_tags".to_owned(), list_of(&r.deny_tags)),
        ("remediation.production".to_owned(), list_of(&r.production)),
        ("remediation.wait_days".to_owned(), r.wait_days.to_string()),
        ("remediation.soak".to_owned(), format!("{:?}", r.soak.map(|s| format!("{}m", s / 60)))),
        ("remediation.rollback".to_owned(), quoted(if r.rollback == Rollback::Plan { "plan" } else { "stage" })),
        ("remediation.windows".to_owned(), r.windows.len().to_string()),
        (
            "remediation.quiet_days".to_owned(),
            list_of(&r.quiet_days.iter().map(ToString::to_string).collect::<Vec<_>>()),
        ),
        ("remediation.health".to_owned(), list_of(&r.health.iter().map(ToString::to_string).collect::<Vec<_>>())),
    ]);
    let prices = &policy.prices;
    list.extend([
        ("prices.stale_days".to_owned(), prices.stale_days.to_string()),
        ("prices.book".to_owned(), prices.book.as_deref().map_or("null".to_owned(), quoted)),
        ("prices.usage".to_owned(), prices.usage.as_deref().map_or("null".to_owned(), quoted)),
        ("prices.region".to_owned(), prices.region.as_deref().map_or("null".to_owned(), quoted)),
    ]);
    for d in &prices.discounts {
        let points = format!("{}.{:02} % of {} %", d.basis_points / 100, d.basis_points % 100, d.covers);
        list.push((format!("prices.discount.{}", d.name), points));
    }
    for o in &prices.own {
        list.push((format!("prices.own.{}", o.name), format!("{} {} {} {}", o.sku, o.each, o.currency, o.unit)));
    }
    for b in &policy.budget_policies {
        let name = |field: &str| format!("budget_policy.{}.{field}", b.name);
        let amount = |a: Option<tollgate_model::Amount>| a.map_or("null".to_owned(), |a| a.to_string());
        let percent = |p: Option<u64>| p.map_or("null".to_owned(), |p| p.to_string());
        list.extend([
            (name("budget"), b.budget.as_deref().map_or("null".to_owned(), quoted)),
            (name("max_increase"), amount(b.max_increase)),
            (name("max_increase_percent"), percent(b.max_increase_percent)),
            (name("max_resource"), amount(b.max_resource)),
            (name("max_left_percent"), percent(b.max_left_percent)),
            (name("may_cross"), b.may_cross.to_string()),
            (name("stop_when_over"), b.stop_when_over.to_string()),
            (name("enforcement"), quoted(b.terms.enforcement.as_str())),
        ]);
    }
    for e in &policy.environments {
        list.push((format!("environment.{}.plans", e.name), list_of(&e.plans)));
        list.push((format!("environment.{}.accounts", e.name), list_of(&e.accounts)));
    }
    for t in &policy.tag_policies {
        let name = |field: &str| format!("tag_policy.{}.{field}", t.name);
        let required: Vec<String> = t.tags.iter().filter(|t| t.required).map(|t| t.key.clone()).collect();
        let forbidden: Vec<String> = t.forbidden.iter().map(|f| f.0.clone()).collect();
        list.extend([
            (name("required"), list_of(&required)),
            (name("forbidden"), list_of(&forbidden)),
            (name("enforcement"), quoted(t.terms.enforcement.as_str())),
            (name("unknown"), quoted(t.terms.unknown.as_str())),
        ]);
    }
    for r in &policy.rules {
        let name = |field: &str| format!("rule.{}.{field}", r.name);
        for (field, condition) in [("when", &r.when), ("deny", &r.deny), ("require", &r.require)] {
            list.extend(condition.as_ref().map(|c| (name(field), c.source.clone())));
        }
        list.push((name("enforcement"), quoted(r.terms.enforcement.as_str())));
        list.push((name("unknown"), quoted(r.terms.unknown.as_str())));
    }
    for w in &policy.waivers {
        list.push((format!("waiver.{}.owner", w.name), quoted(&w.owner)));
        list.push((format!("waiver.{}.expires", w.name), quoted(&w.expires.to_string())));
    }
    list.into_iter()
        .map(|(name, value)| {
            let origin = match places.iter().find(|(n, _)| *n == name) {
                Some((_, (line, column))) => Origin::File(format!("{}:{line}:{column}", file)),
                None => Origin::Default,
            };
            Setting { name, value, origin }
        })
        .collect()
}
