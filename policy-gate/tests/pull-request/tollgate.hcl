budget "platform" {
  amount   = 10000
  currency = "USD"
}

tag_policy "cost-allocation" {
  required = ["team"]
  message  = "Finance splits the bill by these tags."
}

budget_policy "platform-money" {
  budget      = "platform"
  enforcement = "soft"
  override    = ["platform-leads"]
}
