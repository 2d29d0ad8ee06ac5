dimension "team" {
  value = charge.tags.team
}

allocation "platform" {
  source  = { team = "platform" }
  targets = ["security", "checkout"]
  method  = "even"
}

allocation "security" {
  source  = { team = "security" }
  targets = ["platform", "search"]
  method  = "even"
}
