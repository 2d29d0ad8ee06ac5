budget "web" {
  amonut = 10
  scope  = { tem = "web" }
}
