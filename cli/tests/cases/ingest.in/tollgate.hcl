defaults {
  currency = "USD"
}

dimension "team" {
  value = charge.tags.team
}

budget "everything" {
  amount = 1000
  basis  = "billed"
}
