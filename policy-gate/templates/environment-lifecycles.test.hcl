test "a sandbox without an end is blocked" {
  resource "aws_instance" "play" {
    instance_type = "t3.micro"
    tags          = { environment = "sandbox" }
    volume_tags   = { environment = "sandbox" }
  }
  expect "rule" {
    policy = "sandbox-expires"
  }
}

test "a sandbox with an end passes" {
  resource "aws_instance" "play" {
    instance_type = "t3.micro"
    tags          = { environment = "sandbox", expires = "2027-01-31" }
    volume_tags   = { environment = "sandbox" }
  }
}

test "a production database is protected" {
  resource "aws_db_instance" "main" {
    deletion_protection = false
    tags                = { environment = "production" }
  }
  expect "rule" {
    policy  = "production-is-protected"
    address = "aws_db_instance.main"
  }
}

test "whether an environment is a sandbox may be known after apply" {
  resource "aws_instance" "web" {
    tags    = { environment = "x" }
    unknown = ["tags.environment"]
    volume_tags = { environment = "sandbox" }
  }
  expect "tag-unknown" {
    tag     = "environment"
    outcome = "warns"
  }
  expect "rule-unknown" {
    policy  = "sandbox-expires"
    outcome = "warns"
  }
}
