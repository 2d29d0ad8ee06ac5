provider "google" {
  project        = "shop-prod"
  default_labels = { team = "shop" }
}

resource "google_storage_bucket" "logs" {
  name     = "logs"
  location = "EU"
  labels   = { environment = "production" }
}

resource "google_sql_database_instance" "main" {
  name = "main"
  settings {
    tier        = "db-f1-micro"
    user_labels = { team = "shop" }
  }
}

resource "google_compute_instance" "web" {
  name = "web"
  tags = ["http"]
}

resource "azurerm_storage_account" "logs" {
  name     = "logs"
  location = "westeurope"
  tags     = { Team = "shop", ENVIRONMENT = "production" }
}

resource "azapi_resource" "app" {
  type = "Microsoft.App/containerApps@2024-03-01"
  tags = { team = "shop" }
}

resource "awscc_s3_bucket" "logs" {
  bucket_name = "logs"
  tags        = [{ key = "team", value = "shop" }]
}
