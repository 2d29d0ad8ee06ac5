budget "platform" {
  amount   = 10000
  currency = "USD"
}

tag_policy "cost-allocation" {
  # The only value, so that a fix can be suggested. No other value is ever guessed.
  tag "team" {
    values = ["platform"]
  }
  message  = "Finance splits the bill by these tags."
}

budget_policy "platform-money" {
  budget      = "platform"
  enforcement = "soft"
  override    = ["platform-leads"]
}
