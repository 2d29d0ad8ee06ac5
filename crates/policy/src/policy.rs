//! The whole policy file.

use std::collections::BTreeSet;

use serde::Serialize;
use tollgate_model::{AllocationRule, Basis, Currency, EntityTable, ExchangeRates, Risk};

use crate::document::Document;
use crate::entity::TableReader;
use crate::read::read_policy;
use crate::{
    AdviceSettings, ApprovalRequirement, Budget, BudgetPolicy, BusinessMetric, Channel, CommitmentEnd,
    DetectionSettings, Dimension, Environment, GateSettings, IdentityProvider, Person, PolicyError, PolicySetting,
    PriceSettings, RemediationSettings, RoleGrant, Route, Rule, SavedView, ServiceAccount, SettingOrigin, TagPolicy,
    UnitDefinition, Waiver, WatchSettings,
};

/// Defaults for the rest of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Defaults {
    /// The currency of budgets that name none.
    pub currency: Option<Currency>,
    /// The cost that budgets count, unless they set it themselves.
    pub basis: Basis,
    /// The month in which the years and quarters of budgets start, 1 to 12.
    pub fiscal_year_starts: u8,
}

impl Default for Defaults {
    fn default() -> Self {
        Self { currency: None, basis: Basis::default(), fiscal_year_starts: 1 }
    }
}

/// A valid policy file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// Defaults for the rest of the file.
    pub defaults: Defaults,
    /// Ways to group charges.
    pub dimensions: Vec<Dimension>,
    /// Saved questions about cost.
    pub views: Vec<SavedView>,
    /// The known values of dimensions.
    pub entities: Vec<EntityTable>,
    /// Rules that divide shared cost, in the order of the file.
    pub allocations: Vec<AllocationRule>,
    /// Budgets.
    pub budgets: Vec<Budget>,
    /// Which changes are anomalies.
    pub detection: DetectionSettings,
    /// Detection settings for parts of the cost.
    pub watches: Vec<WatchSettings>,
    /// Commitments whose last day is known.
    pub commitments: Vec<CommitmentEnd>,
    /// Business figures.
    pub metrics: Vec<BusinessMetric>,
    /// Costs divided by business figures.
    pub units: Vec<UnitDefinition>,
    /// Exchange rates.
    pub rates: ExchangeRates,
    /// The channels that messages are sent to.
    pub channels: Vec<Channel>,
    /// Which messages go to which channels, in the order of the file.
    pub routes: Vec<Route>,
    /// Identity providers of the API.
    pub identities: Vec<IdentityProvider>,
    /// Programs that call the API.
    pub service_accounts: Vec<ServiceAccount>,
    /// People.
    pub people: Vec<Person>,
    /// The members of each role.
    pub roles: Vec<RoleGrant>,
    /// The approvals that plans of a risk class require, where the file sets them.
    pub approvals: Vec<ApprovalRequirement>,
    /// Where recommendations are searched for, and their thresholds.
    pub advice: AdviceSettings,
    /// Which changes are allowed, their safety limits, and health checks.
    pub remediation: RemediationSettings,
    /// Settings of the pull request gate.
    pub gate: GateSettings,
    /// Environments, by where their plans are.
    pub environments: Vec<Environment>,
    /// Requirements for tags, each with those that it inherits.
    pub tag_policies: Vec<TagPolicy>,
    /// Conditions over planned resources.
    pub rules: Vec<Rule>,
    /// Limits on the cost of changes.
    pub budget_policies: Vec<BudgetPolicy>,
    /// Settings of prices.
    pub prices: PriceSettings,
    /// Findings that may pass until a date.
    pub waivers: Vec<Waiver>,
    /// Every setting in effect, with its origin.
    pub settings: Vec<PolicySetting>,
}

pub(crate) const BASES: &[(&str, Basis)] = &[("effective", Basis::Effective), ("billed", Basis::Billed)];

impl Policy {
    /// Reads a policy. `file` is its name for messages.
    ///
    /// # Errors
    ///
    /// With all errors, each with its place. Unknown words are errors: a misspelled budget must not be ignored.
    pub fn parse(file: &str, text: &str) -> Result<Self, PolicyError> {
        Self::parse_tables(file, text, None)
    }

    /// Reads a policy and the tables beside it. `tables` reads one by its path below the folder of the policy file.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse), and for a table that cannot be read.
    pub fn parse_with(
        file: &str,
        text: &str,
        tables: &dyn Fn(&str) -> Result<String, String>,
    ) -> Result<Self, PolicyError> {
        Self::parse_tables(file, text, Some(tables))
    }

    fn parse_tables(file: &str, text: &str, tables: Option<&TableReader<'_>>) -> Result<Self, PolicyError> {
        let (mut document, body) = Document::parse(file, text)?;
        let mut policy = read_policy(&body, tables, &mut document);
        policy.settings = document.settings();
        document.finish()?;
        Ok(policy)
    }

    /// Returns the approvals that a plan of a risk class requires.
    pub fn approval(&self, risk: Risk) -> ApprovalRequirement {
        self.approvals.iter().find(|a| a.risk == risk).copied().unwrap_or(ApprovalRequirement::default_for(risk))
    }

    /// Returns the names of the secrets in the file, each once.
    pub fn secrets(&self) -> BTreeSet<&str> {
        let of_metrics = self.metrics.iter().filter_map(BusinessMetric::secret);
        self.channels.iter().flat_map(Channel::secrets).chain(of_metrics).collect()
    }

    /// Returns where the file sets a setting, as `tollgate.hcl:14:3`; `None` where it does not.
    pub fn place_of(&self, setting: &str) -> Option<&str> {
        match &self.settings.iter().find(|s| s.name == setting)?.origin {
            SettingOrigin::File(place) => Some(place),
            SettingOrigin::Default => None,
        }
    }

    /// Returns the policy that is in effect without a file: the defaults.
    pub fn without_file() -> Self {
        // An empty file is valid, by test.
        Self::parse("", "").unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn errors(text: &str) -> String {
        Policy::parse("tollgate.hcl", text).unwrap_err().to_string()
    }

    #[test]
    fn the_template_parses_and_so_does_it_with_every_comment_lifted() {
        Policy::parse("tollgate.hcl", crate::TEMPLATE).unwrap();
        let lifted: String = crate::TEMPLATE
            .lines()
            .map(|l| l.strip_prefix("#: ").or_else(|| l.strip_prefix("#:")).unwrap_or(l).to_owned() + "\n")
            .collect();
        let policy = Policy::parse("tollgate.hcl", &lifted).unwrap();
        assert!(policy.budgets.len() >= 2 && policy.dimensions.len() >= 2);
        assert!(policy.settings.iter().any(|s| s.origin != SettingOrigin::Default));
    }

    /// Guides add blocks to the file of `tollgate init`: it has no active block of a kind that may occur once, but `defaults`.
    #[test]
    fn the_starter_is_short_and_leaves_room_for_every_block_of_the_guides() {
        let policy = Policy::parse("tollgate.hcl", crate::STARTER).unwrap();
        assert!(policy.dimensions.len() == 1 && policy.budgets.is_empty());
        assert!(crate::STARTER.lines().count() <= 45);
        let lifted: String =
            crate::STARTER.lines().map(|l| l.strip_prefix("#: ").unwrap_or(l).to_owned() + "\n").collect();
        assert_eq!(Policy::parse("tollgate.hcl", &lifted).unwrap().budgets.len(), 2);
        let single = ["detection", "advice", "remediation", "gate", "prices"];
        let added: String = single.iter().map(|kind| format!("{kind} {{}}\n")).collect();
        Policy::parse("tollgate.hcl", &(crate::STARTER.to_owned() + &added)).unwrap();
    }

    #[test]
    fn a_repeated_block_is_an_error_that_names_the_first() {
        assert!(errors("gate {}\n\ngate {}").contains("put its settings into the block in line 1"));
        let twice = "dimension \"a\" { value = charge.region }\ndimension \"a\" { value = charge.region }";
        assert!(errors(twice).contains("put its settings into the block in line 1"));
    }

    #[test]
    fn a_parent_bounds_its_children() {
        let budget = |name: &str, amount: u32, more: &str| {
            format!("budget \"{name}\" {{\n amount = {amount}\n currency = \"USD\"\n{more}\n}}\n")
        };
        let below = "parent = \"all\"";
        let fits = budget("all", 1000, "") + &budget("a", 600, below) + &budget("b", 400, below);
        Policy::parse("t", &fits).unwrap();
        let quarterly = budget("all", 1000, "") + &budget("a", 3000, "parent = \"all\"\nperiod = \"quarterly\"");
        Policy::parse("t", &quarterly).unwrap();
        insta::assert_snapshot!(errors(
            &(budget("all", 1000, "") + &budget("a", 601, below) + &budget("b", 400, below))
        ));
        let later = "amendment {\n on = \"2026-10-01\"\n amount = 1100\n author = \"jane\"\n}\n";
        let error = errors(&(budget("all", 1000, "") + &budget("a", 600, &format!("{below}\n{later}"))));
        assert!(error.contains("from 2026-10-01 on"), "{error}");
        assert!(errors(&budget("a", 1, "parent = \"b\"")).contains("names the parent `b`, which is no budget"));
        let circle = budget("a", 1, "parent = \"b\"") + &budget("b", 1, "parent = \"a\"");
        assert!(errors(&circle).contains("is its own ancestor"));
        let other = budget("all", 1000, "") + &budget("a", 1, below).replace("USD", "EUR");
        assert!(errors(&other).contains("no rate converts EUR"));
        let rated = format!("rates \"2026-01-01\" {{\n base = \"USD\"\n EUR = 1.1\n}}\n{other}");
        Policy::parse("t", &rated).unwrap();
        let too_much = rated.replace("amount = 1\n", "amount = 910\n");
        assert!(errors(&too_much).contains("may spend"));
    }

    #[test]
    fn every_error_of_channels_and_routes_is_reported() {
        insta::assert_snapshot!(errors(
            r#"channel "a" {
  type = "slak"
}
channel "b" {
  type     = "webhook"
  url      = "http://example.com"
  secret   = "S"
  fallback = "c"
}
channel "topic" {
  type = "email"
  from = "x@example.com"
  to   = "nobody"
}
person "jane" {}
role "approver" {
  slack_users = ["*"]
  people      = ["jo"]
}
role "chef" {}
approval "high" {
  chat_alone = true
  expires    = "1 day"
}
rates "soon" {
  base = "USD"
  EUR  = 0
  XX   = 1
}
route "r" {
  severity = "hihg"
  about    = ["incidents"]
  channels = ["bb"]
  quiet {
    from = "25:00"
    zone = "Berlin"
  }
  escalate {
    channels = []
  }
}
budget "once" {
  amount   = 5
  currency = "USD"
  period   = "custom"
  starts   = "2026-02-01"
  ends     = "2026-01-01"
}
"#
        ));
    }

    #[test]
    fn every_error_of_prices_and_budget_policies_is_reported() {
        insta::assert_snapshot!(errors(
            r#"budget_policy "nothing" {}
budget_policy "unknown" {
  budget = "platfrom"
}
budget_policy "amounts" {
  max_increase = -1
  max_resource = 5
  judge        = "low"
  tags         = ["team"]
}
budget_policy "left" {
  max_left_percent = 101
  stop_when_over   = true
}
prices {
  stale_days = 0
  usage      = "../usage.yml"
  discount "all" {
    percent = 100
    skus    = ["aws/*"]
  }
  discount "none" {}
  own "free" {
    sku   = "aws/vm/linux/m5.large"
    unit  = "hours"
    price = 0
    since = "2026-01-01"
  }
  own "half" {
    price = 1
  }
}
"#
        ));
    }

    #[test]
    fn amounts_are_exact() {
        let policy =
            Policy::parse("t", "budget \"b\" {\n amount = 12345678901234.123456789\n currency = \"USD\"\n}").unwrap();
        assert_eq!(policy.budgets[0].amount.to_string(), "12345678901234.123456789");
    }

    #[test]
    fn every_error_is_reported_with_its_place_and_a_suggestion() {
        insta::assert_snapshot!(errors(
            r#"budget "platform" {
  amout = 5
  scope = { tem = "a" }
  period = "montly"
}
budget "platform" { amount = -1 }
budgett "x" {}
dimension "team" { value = charge.tag.team }
dimension "env" { value = chrge.tags.env }
dimension "size" { value = lowr(charge.tags.size) }
detection {
  min_impact = "many"
  provisional_days = 99
  severity {
    medium = 10
    high = 5
  }
}
defaults { currency = "usd" }
stray = 1
"#
        ));
    }

    #[test]
    fn a_syntax_error_has_its_place() {
        assert!(errors("budget \"x\" {\n  amount = \n}").starts_with("tollgate.hcl:2:"));
    }

    #[test]
    fn nesting_and_size_have_limits() {
        assert!(errors(&format!("defaults {{ currency = {} }}", "(".repeat(100_000))).contains("nest deeper"));
        assert!(errors(&format!("a = {}1", "!".repeat(100_000))).contains("nest deeper"));
        assert!(errors(&" ".repeat(2 << 20)).contains("at most"));
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(budget|dimension|detection|defaults|rates|channel|route|role|quiet|escalation|amendment|type|value|amount|scope|charge|tags| |\n|\"|\\{|\\}|=|\\.|\\$|%|\\(|\\)|\\[|\\]|-|[0-9]|\u{e9}){0,40}") {
            let _ = Policy::parse("t", &text);
        }
    }
}
