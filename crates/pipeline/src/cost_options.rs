//! The options of a cost question, as the command line and the API have them, and the query that they make.

use tollgate_model::query::{
    Comparison, CostField, CostFilter, CostGroupings, CostMetric, CostOrder, CostPeriod, CostQuery, CurrencyChoice,
    Granularity, NamedSpan, suggest,
};
use tollgate_model::series::Facet;
use tollgate_model::{BillingPeriod, Column, Day};
use tollgate_policy::Policy;

use crate::{Context, PipelineError, RowFilter, answer_costs};

/// Groups that are listed unless an option says otherwise; the others are one row.
const TOP: u32 = 20;
/// Groups that are listed for each dimension of untagged cost.
const TOP_UNTAGGED: u32 = 10;

/// The options of a question about cost: those of a view, where one is named, and the others over them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CostOptions {
    /// A view of the policy file to start from.
    pub view: Option<String>,
    /// The groupings.
    pub by: Option<CostGroupings>,
    /// The period.
    pub period: Option<CostPeriod>,
    /// Conditions, which are added to those of the view.
    pub filters: Vec<CostFilter>,
    /// The cost that is summed.
    pub metric: Option<CostMetric>,
    /// How many groups are listed.
    pub top: Option<u32>,
    /// The currency of the answer.
    pub currency: Option<CurrencyChoice>,
    /// With what the period is compared.
    pub compare: Option<Comparison>,
    /// The buckets of time.
    pub granularity: Option<Granularity>,
    /// The order of the rows.
    pub order: Option<CostOrder>,
}

impl CostOptions {
    /// The query of the options: by service without groupings and without a view.
    ///
    /// # Errors
    ///
    /// When the policy has no such view; the error names those that it has.
    pub fn query(&self, policy: &Policy) -> Result<CostQuery, PipelineError> {
        let mut query = self.query_as_grouped(policy)?;
        if self.by.is_none() && self.view.is_none() {
            query.group_by = vec![CostField::Facet(Facet::Service)];
        }
        Ok(query)
    }

    fn query_as_grouped(&self, policy: &Policy) -> Result<CostQuery, PipelineError> {
        let mut query = match &self.view {
            None => CostQuery { top: Some(TOP), ..CostQuery::default() },
            Some(name) => view(name, policy)?,
        };
        if let Some(by) = &self.by {
            query.group_by.clone_from(&by.0);
        }
        if let Some(period) = &self.period {
            query.period = period.clone();
        }
        query.filters.extend(self.filters.iter().cloned());
        query.metric = self.metric.unwrap_or(query.metric);
        query.top = self.top.or(query.top);
        query.currency = self.currency.unwrap_or(query.currency);
        query.compare = self.compare.clone().or(query.compare);
        query.granularity = self.granularity.unwrap_or(query.granularity);
        query.order = self.order.unwrap_or(query.order);
        Ok(query)
    }

    /// The query of the options, with a comparison: with the period before unless the options name another.
    ///
    /// # Errors
    ///
    /// As [`CostOptions::query`].
    pub fn comparing_query(&self, policy: &Policy) -> Result<CostQuery, PipelineError> {
        let mut query = self.query(policy)?;
        query.compare.get_or_insert(Comparison::Previous);
        Ok(query)
    }

    /// The query of untagged cost: by account, service and resource without groupings.
    ///
    /// # Errors
    ///
    /// As [`CostOptions::query`].
    pub fn untagged_query(&self, policy: &Policy) -> Result<CostQuery, PipelineError> {
        let mut query = self.query_as_grouped(policy)?;
        if self.by.is_none() {
            let facets = [Facet::SubAccount, Facet::Service].map(CostField::Facet);
            query.group_by = facets.into_iter().chain([CostField::Column(Column::ResourceId)]).collect();
        }
        query.top = Some(self.top.unwrap_or(TOP_UNTAGGED));
        Ok(query)
    }
}

/// The query over the newest month with charges, where no option names a period and the current month has none yet: exports arrive late,
/// and a demo is of earlier months. Returns the query with the current month and the one that takes its place, where it does.
///
/// # Errors
///
/// As [`answer_costs`].
pub async fn settle_period(
    context: &Context,
    options: &CostOptions,
    mut query: CostQuery,
    row_filter: &RowFilter,
) -> Result<(CostQuery, Option<(BillingPeriod, BillingPeriod)>), PipelineError> {
    if options.period.is_some() || options.view.is_some() {
        return Ok((query, None));
    }
    let current = Day::of(context.state.now()).month();
    let last = context.state.ledger.periods().await?.iter().map(|period| period.last_day).max();
    if last.is_none_or(|last| last.month() >= current) {
        return Ok((query, None));
    }
    let total = CostQuery { group_by: Vec::new(), compare: None, ..query.clone() };
    let Some(newest) = answer_costs(context, &total, row_filter).await?.period.complete_through else {
        return Ok((query, None));
    };
    let span = |first: Day, last: Day| CostPeriod::Between(Some(NamedSpan::Day(first)), Some(NamedSpan::Day(last)));
    let (first, before) = (newest.month().first_day(), newest.month().previous().first_day());
    query.period = span(first, newest);
    if query.compare == Some(Comparison::Previous) {
        // The same days of the month before; a shorter month ends the comparison.
        let last = before.plus(newest - first).min(first.plus(-1));
        query.compare = Some(Comparison::Period(span(before, last)));
    }
    Ok((query, Some((current, newest.month()))))
}

/// The query of a view of the policy file.
fn view(name: &str, policy: &Policy) -> Result<CostQuery, PipelineError> {
    let text = match policy.views.iter().find(|view| view.name == *name) {
        Some(view) => return Ok(view.query.clone()),
        None if policy.views.is_empty() => format!(
            "there is no view `{name}`: the policy has none\nhint: add view \"{name}\" {{ by = [\"team\"] }} to tollgate.hcl"
        ),
        None => {
            let hint = suggest(name, policy.views.iter().map(|view| view.name.as_str()));
            format!("there is no view `{name}` in tollgate.hcl\nhint: {hint}")
        }
    };
    Err(PipelineError::Refused(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        Policy::parse(
            "t",
            "view \"teams\" {\n by = [\"account\"]\n filters = [\"service=Amazon*\"]\n period = \"last-month\"\n}",
        )
        .unwrap()
    }

    #[test]
    fn options_replace_those_of_a_view_and_filters_are_added() {
        let options = CostOptions { filters: vec!["region=eu*".parse().unwrap()], ..CostOptions::default() };
        let query = options.query(&policy()).unwrap();
        assert_eq!(
            (query.describe(), query.top),
            ("effective cost of month-to-date by service, region=eu*".into(), Some(TOP))
        );
        let options = CostOptions { view: Some("teams".into()), ..options };
        let described = options.query(&policy()).unwrap().describe();
        assert_eq!(described, "effective cost of last-month by account, service=Amazon*, region=eu*");
        let options = CostOptions { by: Some("region".parse().unwrap()), top: Some(3), ..options };
        let query = options.comparing_query(&policy()).unwrap();
        assert_eq!((query.group_by.len(), query.top, query.compare), (1, Some(3), Some(Comparison::Previous)));
    }

    #[test]
    fn an_unknown_view_names_the_nearest() {
        let options = CostOptions { view: Some("team".into()), ..CostOptions::default() };
        let error = options.query(&policy()).unwrap_err().to_string();
        assert_eq!(error, "there is no view `team` in tollgate.hcl\nhint: did you mean `teams`?");
        assert!(options.query(&Policy::without_file()).unwrap_err().to_string().contains("the policy has none"));
    }
}
