# Requires the tags that split the bill: team, cost-center, environment and product, in one case.
tag_policy "cost-allocation" {
  required = ["team", "product"]
  message  = "Finance splits the bill by these tags."

  tag "environment" {
    values = ["production", "staging", "development", "sandbox"]
  }
  tag "cost-center" {
    pattern = "[0-9]{4,6}"
  }

  # Spellings that made two rows of one team.
  forbidden = ["Team", "Environment", "CostCenter", "cost_center"]
}
