# The policy of the demo's company. Change it and run `tollgate --store DIR run` again.
# `tollgate init --full FILE` writes a file with every setting.

defaults {
  currency = "USD"
}

dimension "team" {
  value   = lower(coalesce(charge.tags.team, charge.tags.Team))
  default = "unallocated"
}

dimension "environment" {
  value   = coalesce(charge.tags.env, contains(charge.sub_account_name, "prod") ? "production" : null)
  default = "unknown"
}

# The teams, their cost centres and the departments above them.
entity "team" {
  csv = <<CSV
    value,name,parent,cost_center,owner
    checkout,Checkout,shop,4110,jane
    web,Web,shop,4120,jane
    shop,Shop,,4100,jane
    data,Data,insight,4210,dana
    research,Research,insight,4220,dana
    insight,Insight,,4200,dana
    platform,Platform,,4900,dana
    security,Security,,4910,dana
  CSV
}

# Shared cost, in the order in which rules take it: fees and the unused part of commitments go to the teams that use them, tax and
# support to the teams of the billing account. Security gives to platform too, and platform gives to the teams by their cost.
allocation "commitments" {
  charges = ["commitment_fee", "unused_commitment"]
  method  = "used"
}

allocation "overhead" {
  charges = ["tax", "support", "credit"]
  method  = "used"
}

allocation "security" {
  source = { team = "security" }
  method = "fixed"
  shares = { platform = 30, checkout = 30, web = 20, data = 10, research = 10 }
}

allocation "platform" {
  source = { team = "platform" }
  method = "cost"
}

budget "all-usd" {
  amount = 103000
}

budget "all-eur" {
  amount   = 24000
  currency = "EUR"
}

budget "checkout" {
  amount = 30000
  scope  = { team = "checkout" }
  thresholds {
    actual   = [50, 80, 100]
    forecast = [100]
  }
}

budget "research" {
  amount = 10500
  scope  = { team = "research" }
}

budget "observability" {
  amount = 3600
  scope  = { service = ["Amazon CloudWatch"] }
}

budget "data-platform-year" {
  amount = 275000
  period = "yearly"
  scope  = { account = "larkspur-data" }
}

# When commitments end: bills do not say it. `tollgate --store DIR commitments` shows utilization, coverage and the days that are left.
commitment "compute" {
  id   = "arn:aws:savingsplans::410000000001:savingsplan/5d1f0c1e-larkspur"
  ends = "2027-06-30"
}

commitment "databases" {
  id   = "arn:aws:rds:us-east-1:410000000101:ri:larkspur-checkout"
  ends = "2027-12-31"
}

# Business figures, and a cost that is divided by them: `tollgate --store DIR units cost-per-order`.
metric "orders" {
  unit = "order"
  by   = "customer"
  csv {
    path  = "metrics/orders.csv"
    value = "orders"
  }
}

metric "revenue" {
  unit     = "dollar"
  currency = "USD"
  by       = "customer"
  csv {
    path  = "metrics/orders.csv"
    value = "revenue"
  }
}

unit "cost-per-order" {
  metric  = "orders"
  scope   = { team = "checkout", provider = "AWS" }
  by      = "customer"
  revenue = "revenue"
}

detection {
  sensitivity      = "normal"
  min_impact       = 20
  provisional_days = 1
}

# `tollgate --store DIR notify` prints the messages that are due.
channel "terminal" {
  type = "console"
}

# Who decides on plans: `tollgate --store DIR plans approve PLAN HASH --by jane`.
person "dana" {
  email = "dana@larkspur.example"
}

person "jane" {
  email = "jane@larkspur.example"
}

# The demo's inventory is in inventory.json. The accounts are its production and its staging.
advice {
  accounts = ["410000000101", "410000000102"]
  regions  = ["us-east-1"]
}

remediation {
  accounts = ["410000000102"]
}

# What policy-gate requires of terraform/plan.json.
tag_policy "cost-allocation" {
  required = ["team"]
}

budget_policy "research-money" {
  budget       = "research"
  max_age_days = 3650 # the demo's charges end in November 2026
}

# A program that reads costs by the API, with a key of `tollgate keys create exporter`.
service_account "exporter" {
  owner = "jane"
}
