dimension "team" {
  value = charge.tags.team
}

allocation "platform" {
  source = { team = "platform" }
  method = "even"
}
