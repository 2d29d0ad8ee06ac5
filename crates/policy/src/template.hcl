# Tollgate's policy: what to watch, what it may cost, and what counts as strange.
# `tollgate config show --origin` prints what is in effect and where it comes from.
# Lines that start with "#:" are examples; take the "#: " away to use them.

defaults {
  # The currency of budgets that name none (ISO 4217).
  currency = "USD"

  # Which cost budgets count: "effective" (amortised, what it costs to run) or "billed" (what the invoice asks for).
  basis = "effective"
}

# Dimensions sort charges. Each is an expression over a charge: its FOCUS columns in snake case, its tags, and the
# provider's own columns (charge.x_…). Functions: lower, upper, coalesce, starts_with, contains.
dimension "team" {
  value   = lower(coalesce(charge.tags.team, charge.tags.Team))
  default = "unallocated"
}

#: dimension "environment" {
#:   value   = contains(charge.sub_account_name, "prod") ? "production" : "other"
#:   default = "other"
#: }

# A budget for everything.
#: budget "all" {
#:   amount = 50000
#:   period = "monthly" # or "quarterly", "yearly"
#: }

# A budget for a part: by dimension, or by provider, billing_account, account, service, region.
#: budget "platform-compute" {
#:   amount   = 12000
#:   currency = "USD"
#:   scope    = { team = "platform", service = ["Amazon Elastic Compute Cloud", "AWS Lambda"] }
#:   thresholds {
#:     actual   = [50, 80, 100] # percent of the amount that was spent
#:     forecast = [100]         # percent of the amount that will have been spent at the end
#:   }
#: }

# What counts as an anomaly. These are the defaults.
detection {
  sensitivity      = "normal" # "low": fewer alarms, "high": smaller changes too
  min_impact       = 10       # a day, in the currency of the charges
  provisional_days = 1        # days at the end of an export that are not complete yet

  # The change a month from which an incident matters so much.
  severity {
    medium   = 1000
    high     = 5000
    critical = 25000
  }
}

# Another sensitivity for a part of the cost; of several that match, the first holds.
#: watch "research" {
#:   scope       = { team = "research" }
#:   sensitivity = "low"
#:   min_impact  = 200
#:   severity {
#:     critical = 100000
#:   }
#: }

# When a savings plan or reservation ends, which no bill says.
#: commitment "compute" {
#:   id        = "arn:aws:savingsplans::123456789012:savingsplan/abc" # CommitmentDiscountId
#:   ends      = "2027-01-31"
#:   warn_days = 30
#: }
