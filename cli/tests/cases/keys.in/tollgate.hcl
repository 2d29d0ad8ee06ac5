person "jane" {
  email = "jane@example.com"
}

service_account "exporter" {
  owner = "jane"
}
