# Tollgate's policy. `tollgate init --full tollgate.full.hcl` writes every setting with its meaning;
# `tollgate config show --origin` prints the settings in effect. Lines that start with "#:" are examples.

defaults {
  currency = "USD" # of budgets that name none
}

# How charges are grouped, besides provider, account, service and region.
dimension "team" {
  value   = lower(coalesce(charge.tags.team, charge.tags.Team))
  default = "unallocated"
}

#: budget "all" {
#:   amount = 50000 # a month
#: }

#: budget "checkout" {
#:   amount = 12000
#:   parent = "all"
#:   scope  = { team = "checkout" }
#: }

# Where alerts go: "console" prints them; docs/guides/alerts.md lists Slack, mail, Teams, PagerDuty, Jira and webhooks.
#: channel "terminal" {
#:   type = "console"
#: }

# What policy-gate requires of Terraform plans.
#: tag_policy "cost-allocation" {
#:   required = ["team"]
#: }

# Tollgate changes nothing in these accounts unless you list them and approve each plan.
#: remediation {
#:   accounts = ["111122223333"]
#: }
