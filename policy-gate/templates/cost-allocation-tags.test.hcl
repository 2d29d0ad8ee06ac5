test "everything is there" {
  resource "aws_s3_bucket" "logs" {
    tags = { team = "web", product = "shop", environment = "production", "cost-center" = "4711" }
  }
}

test "what is missing or misspelt blocks" {
  resource "aws_s3_bucket" "logs" {
    tags = { Team = "web", product = "shop", environment = "prod", "cost-center" = "4711" }
  }
  expect "tag-case" {
    tag = "team"
  }
  expect "tag-forbidden" {
    tag = "Team"
  }
  expect "tag-value" {
    tag = "environment"
  }
}

test "a tag that is known after apply does not block" {
  resource "aws_s3_bucket" "logs" {
    unknown = ["tags"]
  }
  expect "tag-unknown" {
    tag     = "team"
    outcome = "warns"
  }
  expect "tag-unknown" {
    tag     = "product"
    outcome = "warns"
  }
  expect "tag-unknown" {
    tag     = "environment"
    outcome = "warns"
  }
  expect "tag-unknown" {
    tag     = "cost-center"
    outcome = "warns"
  }
}
