//! `metric "orders" { … }`: a business figure by day or hour, and where it comes from.

use serde::Serialize;
use tollgate_model::business_metric::{MetricCombination, MetricInterval, MissingFigure};
use tollgate_model::{Amount, Currency};

use crate::block::Block;
use crate::document::Document;
use crate::metric_feed::MetricFeed;

/// A business metric.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BusinessMetric {
    /// Its name, unique in the file.
    pub name: String,
    /// The noun of one unit: `order`.
    pub unit: String,
    /// How often it has a figure.
    pub interval: MetricInterval,
    /// How figures become the figure of a longer time.
    pub combine: MetricCombination,
    /// What a day or hour without a figure means.
    pub missing: MissingFigure,
    /// The currency, where it counts money: revenue.
    pub currency: Option<Currency>,
    /// What its figures are divided by: `customer`. Without it, a time has one figure.
    pub by: Option<String>,
    /// Days before today that an import reads again, because the source restates them.
    pub days: u32,
    /// Where its figures come from; without it, they are imported from files that `tollgate metrics import` names.
    pub feed: Option<MetricFeed>,
}

const INTERVALS: &[(&str, MetricInterval)] = &[("day", MetricInterval::Day), ("hour", MetricInterval::Hour)];
const COMBINATIONS: &[(&str, MetricCombination)] =
    &[("sum", MetricCombination::Sum), ("average", MetricCombination::Average)];
const MISSING: &[(&str, MissingFigure)] = &[("unknown", MissingFigure::Unknown), ("zero", MissingFigure::Zero)];

/// Days that an import reads without a setting: a month, and some days of the month before.
const DAYS: u32 = 35;

impl BusinessMetric {
    pub(crate) fn read(name: String, block: &mut Block<'_>, document: &mut Document<'_>) -> Self {
        let unit = block.text_or("unit", &name, document);
        let interval = block.word_or("interval", INTERVALS, MetricInterval::default(), document);
        let combine = block.word_or("combine", COMBINATIONS, MetricCombination::default(), document);
        let missing = block.word_or("missing", MISSING, MissingFigure::default(), document);
        let currency = block.currency("currency", document);
        let by = block.text("by", document).map(|(text, _)| text.to_owned());
        let days = block.whole_or("days", 1..=1_100, DAYS, document);
        let feed = MetricFeed::read(by.as_deref(), block, document);
        if missing == MissingFigure::Zero && combine == MetricCombination::Average {
            let at = block.place("missing").unwrap_or(block.at.clone());
            let hint = Some("an average needs its figures: leave `missing` out".to_owned());
            document.report(at, format!("{} cannot take missing figures of an average as zero", block.title), hint);
        }
        Self { name, unit, interval, combine, missing, currency, by, days, feed }
    }

    /// The names of the secrets that its feed needs.
    pub fn secret(&self) -> Option<&str> {
        self.feed.as_ref().and_then(MetricFeed::secret)
    }
}

/// The budget of a unit cost: what one unit may cost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitBudget {
    /// The amount for as many units as `per` of the unit says.
    pub amount: Amount,
    /// Percentages of the amount that are reported, rising.
    pub thresholds: Vec<u32>,
}

impl UnitBudget {
    pub(crate) fn read(block: &mut Block<'_>, document: &mut Document<'_>) -> Option<Self> {
        let mut inner = block.child("budget", document)?;
        let amount = inner.amount("amount", document);
        inner.missing("amount", "amount = 0.05", document);
        let thresholds = inner.percentages_or("thresholds", &[100], document);
        inner.finish(document);
        Some(Self { amount: amount?, thresholds })
    }
}

#[cfg(test)]
mod tests {
    use tollgate_model::business_metric::{MetricCombination, MetricInterval};

    use crate::{MetricFeed, Policy};

    fn errors(text: &str) -> String {
        Policy::parse("t", text).unwrap_err().to_string()
    }

    #[test]
    fn a_metric_has_a_unit_an_interval_and_a_feed() {
        let text = r#"
metric "sessions" {
  unit     = "session"
  interval = "hour"
  combine  = "average"
  by       = "customer"
  prometheus {
    url   = "https://prometheus.example.com"
    query = "sum by (customer) (sessions)"
    by    = "tenant"
    token = "PROMETHEUS_TOKEN"
  }
}
metric "orders" {}
"#;
        let policy = Policy::parse("t", text).unwrap();
        let metric = &policy.metrics[0];
        assert_eq!((metric.interval, metric.combine), (MetricInterval::Hour, MetricCombination::Average));
        assert!(matches!(&metric.feed, Some(MetricFeed::Prometheus { by: Some(label), .. }) if label == "tenant"));
        assert!(policy.secrets().contains("PROMETHEUS_TOKEN"));
        assert_eq!((policy.metrics[1].unit.as_str(), &policy.metrics[1].feed), ("orders", &None));
    }

    #[test]
    fn every_error_of_metrics_and_units_is_reported() {
        insta::assert_snapshot!(errors(
            r#"metric "a" {
  intervall = "day"
  interval  = "minute"
  combine   = "average"
  missing   = "zero"
  days      = 0
  csv {
    path = "../orders.csv"
  }
  http {
    url = "http://example.com/orders"
  }
}
metric "b" {
  currency = "dollars"
  cloudwatch {
    namespace = "Shop"
  }
}
metric "c" {
  prometheus {
    url = "https://prometheus.example.com"
  }
}
metric "d" {
  by = "customer"
  sql {
    query = "select 1"
    value = ""
  }
}
unit "no-metric" {}
unit "unknown-metric" {
  metric = "order"
  per    = 0
}
unit "keys" {
  metric  = "a"
  by      = "customer"
  revenue = "d"
  scope   = { teem = "web" }
  filters = ["teem=web", "tag:owner=jane", "service"]
  budget {
    thresholds = [0]
  }
}
"#
        ));
    }
}
