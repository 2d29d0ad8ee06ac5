test "an instance without an owner is reported" {
  resource "aws_instance" "web" {
    instance_type = "t3.micro"
    tags          = { environment = "dev" }
  }
  expect "tag-missing" {
    address = "aws_instance.web"
    tag     = "owner"
    outcome = "warns"
  }
  # Its volume does not even have the environment.
  expect "tag-propagation" {
    outcome = "warns"
  }
}

test "a gp2 volume is reported, a gp3 volume is not" {
  resource "aws_ebs_volume" "old" {
    type = "gp2"
    tags = { owner = "jane", environment = "dev" }
  }
  resource "aws_ebs_volume" "new" {
    type = "gp3"
    tags = { owner = "jane", environment = "dev" }
  }
  expect "rule" {
    address = "aws_ebs_volume.old"
    outcome = "warns"
  }
}
