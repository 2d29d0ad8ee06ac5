//! Rules of AWS and Azure, in the shapes of their APIs, as blocks that are read again.

use tollgate_model::allocation::AllocationMethod;

use super::import_rules;
use crate::{DimensionEvaluator, Policy};

fn imported(json: &str) -> (Policy, Vec<String>) {
    let rules = import_rules(json).unwrap();
    (Policy::parse("t", &rules.hcl).unwrap(), rules.left_out)
}

/// The value of the first dimension for a charge with some columns.
fn value(policy: &Policy, columns: &[(&str, &str)]) -> String {
    let dimension = &policy.dimensions[0];
    let of = |name: &str| columns.iter().find(|(column, _)| *column == name).map(|(_, text)| *text);
    let texts: Vec<Option<&str>> = dimension.column_names().map(of).collect();
    DimensionEvaluator::new(&policy.dimensions).value_of(dimension, &texts)
}

/// Rules by accounts and tags, in order, and a split of each method.
const CATEGORY: &str = r#"{"CostCategory": {
  "CostCategoryArn": "arn:aws:ce::1:costcategory/x", "Name": "Cost Center", "RuleVersion": "CostCategoryExpression.v1",
  "DefaultValue": "Other",
  "Rules": [
    {"Value": "Shop \"EU\"", "Rule": {"And": [
      {"Dimensions": {"Key": "LINKED_ACCOUNT", "Values": ["111111111111", "222222222222"]}},
      {"Not": {"Tags": {"Key": "env", "Values": ["dev"], "MatchOptions": ["STARTS_WITH"]}}}]}, "Type": "REGULAR"},
    {"Value": "Platform", "Rule": {"Tags": {"Key": "team", "Values": ["Platform"], "MatchOptions": ["CASE_INSENSITIVE"]}}},
    {"Value": "Untagged", "Rule": {"Tags": {"Key": "team", "MatchOptions": ["ABSENT"]}}},
    {"InheritedValue": {"DimensionName": "TAG", "DimensionKey": "team"}, "Type": "INHERITED_VALUE"}
  ],
  "SplitChargeRules": [
    {"Source": "Platform", "Targets": ["Shop \"EU\"", "search"], "Method": "PROPORTIONAL"},
    {"Source": "", "Targets": ["search"], "Method": "EVEN"},
    {"Source": "Untagged", "Targets": ["Shop \"EU\"", "search"], "Method": "FIXED",
     "Parameters": [{"Type": "ALLOCATION_PERCENTAGES", "Values": ["66.6", "33.4"]}]}
  ]}}"#;

#[test]
fn a_cost_category_is_a_dimension_with_its_rules_in_order() {
    let (policy, left_out) = imported(CATEGORY);
    assert_eq!((policy.dimensions[0].name.as_str(), left_out.len()), ("cost_center", 0));
    let account = ("SubAccountId", "111111111111");
    let tags = |json: &'static str| ("Tags", json);
    assert_eq!(value(&policy, &[account, tags(r#"{"team":"search"}"#)]), "Shop \"EU\"");
    assert_eq!(value(&policy, &[account, tags(r#"{"env":"development","team":"PLATFORM"}"#)]), "Platform");
    assert_eq!(value(&policy, &[tags(r#"{"env":"dev"}"#)]), "Untagged");
    assert_eq!(value(&policy, &[]), "Untagged");
    assert_eq!(value(&policy, &[tags(r#"{"team":"search"}"#)]), "search");
}

#[test]
fn split_charge_rules_are_allocations_and_an_empty_source_is_the_default() {
    let (policy, _) = imported(CATEGORY);
    let plan = policy.allocation_plan("cost_center").unwrap();
    let rules: Vec<(&str, &str)> = plan.rules.iter().map(|rule| (rule.name.as_str(), rule.method.as_str())).collect();
    assert_eq!(rules, [("Platform", "cost"), ("Other", "even"), ("Untagged", "fixed")]);
    assert_eq!(plan.rules[0].targets, ["Shop \"EU\"", "search"]);
    assert_eq!(plan.rules[1].source[0].values, ["Other"]);
    let AllocationMethod::Fixed { shares, keep } = &plan.rules[2].method else { panic!("not fixed") };
    assert_eq!((shares["search"].to_string().as_str(), keep.is_zero()), ("33.4", true));
    assert_eq!(plan.cycle(), None);
}

#[test]
fn a_category_of_services_regions_and_names_reads_the_columns_of_the_exports() {
    let json = r#"{"Name": "area", "Rules": [
      {"Value": "data", "Rule": {"Or": [
        {"Dimensions": {"Key": "SERVICE_CODE", "Values": ["AmazonS3"]}},
        {"Dimensions": {"Key": "USAGE_TYPE", "Values": ["TimedStorage"], "MatchOptions": ["CONTAINS"]}}]}},
      {"Value": "eu", "Rule": {"Dimensions": {"Key": "REGION", "Values": ["eu-"], "MatchOptions": ["STARTS_WITH"]}}},
      {"InheritedValue": {"DimensionName": "LINKED_ACCOUNT_NAME"}}]}"#;
    let (policy, left_out) = imported(json);
    assert!(left_out.is_empty() && policy.allocation_plan("area").is_none_or(|plan| plan.rules.is_empty()));
    assert_eq!(value(&policy, &[("x_ServiceCode", "AmazonS3")]), "data");
    assert_eq!(value(&policy, &[("x_UsageType", "EUC1-TimedStorage-ByteHrs"), ("RegionId", "eu-central-1")]), "data");
    assert_eq!(value(&policy, &[("RegionId", "eu-central-1")]), "eu");
    assert_eq!(value(&policy, &[("RegionId", "us-east-1"), ("SubAccountName", "prod")]), "prod");
    assert_eq!(value(&policy, &[]), "unallocated");
}

#[test]
fn what_a_category_says_and_a_policy_cannot_is_named_and_nothing_stands_for_it() {
    let json = r#"{"Name": "a", "Rules": [
      {"Value": "tax", "Rule": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Tax"]}}},
      {"Value": "end", "Rule": {"Tags": {"Key": "k", "Values": ["x"], "MatchOptions": ["ENDS_WITH"]}}},
      {"Value": "other", "Rule": {"CostCategories": {"Key": "b", "Values": ["c"]}}},
      {"Value": "${charge}", "Rule": {"Tags": {"Key": "k", "Values": ["%{x}"]}}}],
      "SplitChargeRules": [
        {"Source": "${charge}", "Targets": ["x", "y"], "Method": "FIXED",
         "Parameters": [{"Type": "ALLOCATION_PERCENTAGES", "Values": ["50", "40"]}]},
        {"Source": "tax", "Targets": ["x"], "Method": "WEIGHTED"}]}"#;
    let (policy, left_out) = imported(json);
    assert_eq!(
        left_out,
        [
            "a: rule 1 for \"tax\": charges have no column for `RECORD_TYPE`; its charges go to later rules",
            "a: rule 2 for \"end\": the policy file has no comparison `ENDS_WITH`; its charges go to later rules",
            "a: rule 3 for \"other\": it reads the cost category `b`; its charges go to later rules",
            "a: the split charge rule of \"${charge}\": its percentages are not one a target that sum to 100",
            "a: the split charge rule of \"tax\": the method `WEIGHTED` is not known",
        ]
    );
    assert_eq!(value(&policy, &[("Tags", r#"{"k":"%{x}"}"#)]), "${charge}");
    let text = import_rules(json).unwrap().hcl;
    assert!(text.starts_with("# Left out:\n#   a: rule 1 for"), "{text}");
}

/// A rule as the API answers it.
fn azure(name: &str, status: &str, source: &str, target: &str) -> String {
    format!(
        r#"{{"id": "/providers/Microsoft.Billing/billingAccounts/100/x", "name": "{name}", "type": "Microsoft.CostManagement/costAllocationRules",
  "properties": {{"description": "", "status": "{status}", "createdDate": "2026-01-01T00:00:00Z",
  "details": {{"sourceResources": [{source}], "targetResources": [{target}]}}}}}}"#
    )
}

const GROUPS: &str = r#"{"resourceType": "Dimension", "name": "ResourceGroupName", "values": ["Shared-RG"]}"#;
const TO_GROUPS: &str = r#"{"resourceType": "Dimension", "name": "ResourceGroupName", "policyType": "FixedProportion",
  "values": [{"name": "Shop", "percentage": 33.33}, {"name": "search", "percentage": 66.67}]}"#;

#[test]
fn a_rule_of_resource_groups_is_a_fixed_allocation_in_any_case_of_letters() {
    let (policy, left_out) = imported(&azure("net", "Active", GROUPS, TO_GROUPS));
    assert!(left_out.is_empty());
    let plan = policy.allocation_plan("resource_group").unwrap();
    assert_eq!(plan.rules[0].source[0].values, ["shared-rg"]);
    let AllocationMethod::Fixed { shares, .. } = &plan.rules[0].method else { panic!("not fixed") };
    assert_eq!(shares["shop"].to_string(), "33.33");
    assert_eq!(value(&policy, &[("x_ResourceGroupName", "SHARED-RG")]), "shared-rg");
    let path = "/subscriptions/1/resourceGroups/Shop/providers/Microsoft.Compute/virtualMachines/a";
    assert_eq!(value(&policy, &[("ResourceId", path)]), "shop");
    assert_eq!(value(&policy, &[]), "unallocated");
}

#[test]
fn a_list_of_rules_has_an_allocation_a_source() {
    let subscription = r#"{"resourceType": "Dimension", "name": "SubscriptionId", "values": ["AAAA-1", "bbbb-2"]}"#;
    let to = r#"{"resourceType": "Tag", "name": "Cost Center", "policyType": "FixedProportion",
      "values": [{"name": "A", "percentage": 50}, {"name": "B", "percentage": 50}]}"#;
    let one = azure("hub", "Active", &format!("{subscription}, {GROUPS}"), to);
    let (policy, left_out) = imported(&format!(r#"{{"value": [{one}]}}"#));
    assert!(left_out.is_empty());
    let names: Vec<&str> = policy.dimensions.iter().map(|dimension| dimension.name.as_str()).collect();
    assert_eq!(names, ["subscription", "resource_group", "cost_center"]);
    let plan = policy.allocation_plan("cost_center").unwrap();
    let rules: Vec<&str> = plan.rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(rules, ["hub", "hub-2"]);
    assert_eq!(plan.rules[0].source[0].values, ["aaaa-1", "bbbb-2"]);
    assert_eq!(value(&policy, &[("SubAccountId", "/subscriptions/AAAA-1")]), "aaaa-1");
    assert_eq!(value(&policy, &[("SubAccountId", "cccc-3")]), "cccc-3");
}

#[test]
fn rules_that_are_not_active_or_do_not_sum_or_go_in_a_circle_are_named() {
    let half = r#"{"resourceType": "Dimension", "name": "ResourceGroupName", "policyType": "FixedProportion",
      "values": [{"name": "shop", "percentage": 50}]}"#;
    let circle = r#"{"resourceType": "Dimension", "name": "ResourceGroupName", "policyType": "FixedProportion",
      "values": [{"name": "shared-rg", "percentage": 100}]}"#;
    let rules = [
        azure("off", "NotActive", GROUPS, TO_GROUPS),
        azure("half", "Active", GROUPS, half),
        azure("circle", "Active", GROUPS, circle),
        azure("two", "Active", GROUPS, &format!("{half}, {half}")),
        azure("none", "Active", "", half),
    ];
    let (policy, left_out) = imported(&format!("[{}]", rules.join(",")));
    assert!(policy.dimensions.is_empty());
    let named: Vec<&str> = left_out.iter().filter_map(|what| what.split(':').next()).collect();
    assert_eq!(named, ["off", "half", "circle", "two", "none"]);
}

#[test]
fn a_file_of_neither_is_an_error() {
    for (json, error) in [
        ("{", "no JSON"),
        ("[1]", "neither cost categories"),
        ("{\"a\":1}", "neither cost categories"),
        ("null", "neither"),
    ] {
        let found = import_rules(json).unwrap_err();
        assert!(found.starts_with(error), "{found}");
    }
}
