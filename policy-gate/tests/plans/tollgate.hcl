# What the plans of this folder are judged by.
tag_policy "cost-allocation" {
  required = ["team"]
  tag "environment" {
    values = ["production", "staging"]
  }
}
