# The policy of the demo's company. Change it and run `tollgate --store DIR run` again.

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

detection {
  sensitivity      = "normal"
  min_impact       = 20
  provisional_days = 1
}
