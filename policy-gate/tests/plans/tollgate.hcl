# What the plans of this folder are judged by.
environment "production" {
  plans = ["**"]
}

tag_policy "cost-allocation" {
  required = ["team"]
  tag "environment" {
    values = ["production", "staging"]
  }
}
