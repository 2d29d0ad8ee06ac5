defaults {
  currency = "USD"
}

dimension "team" {
  value = charge.tags.team
}

person "jane" {
  email = "jane@example.com"
}

person "dana" {
  email = "dana@example.com"
}

entity "team" {
  file = "teams.csv"
}

allocation "unused" {
  charges = ["unused_commitment", "commitment_fee"]
  method  = "used"
}

allocation "overhead" {
  charges = ["tax", "credit"]
  method  = "used"
}

allocation "platform" {
  source = { team = "platform" }
  method = "cost"
}
