defaults {
  currency = "USD"
}

dimension "team" {
  value = charge.tags.team
}

detection {
  provisional_days = 0
}

metric "orders" {
  unit = "order"
  by   = "customer"
  csv {
    path  = "orders.csv"
    value = "orders"
  }
}

unit "cost-per-order" {
  metric = "orders"
  scope  = { team = "shop" }
  by     = "customer"
  budget {
    amount     = 0.12
    thresholds = [80, 100]
  }
}
