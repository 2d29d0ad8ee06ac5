provider "google" {
  project = "shop"
  region  = "europe-west1"
}

resource "google_storage_bucket" "data" {
  name     = "shop-data"
  location = "EU"
  labels   = { team = "shop", environment = "production" }
}

resource "google_secret_manager_secret_version" "s" {
  secret = "projects/shop/secrets/s"
  secret_data = "x"
}
