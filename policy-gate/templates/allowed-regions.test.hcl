test "a region of ours" {
  resource "azurerm_resource_group" "main" {
    location = "West Europe"
  }
  resource "aws_instance" "web" {
    availability_zone = "eu-west-1b"
  }
}

test "another region" {
  resource "google_storage_bucket" "logs" {
    location = "us-east1"
  }
  expect "rule" {
    address = "google_storage_bucket.logs"
  }
}

test "an unknown region does not block" {
  resource "aws_instance" "web" {
    instance_type = "t3.micro"
  }
  expect "rule-unknown" {
    outcome = "warns"
  }
}
