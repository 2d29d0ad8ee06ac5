dimension "team" {
  value   = lower(charge.tags.team)
  default = "unallocated"
}

view "by-team" {
  by      = ["team", "service"]
  period  = "2026-10"
  compare = "previous"
  filters = ["kind!=tax"]
  top     = 2
}
