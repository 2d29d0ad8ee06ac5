test "a large instance needs an agreement" {
  resource "aws_instance" "big" {
    instance_type = "m5.24xlarge"
  }
  expect "rule" {
    policy = "large-instances"
  }
}

test "somebody agreed" {
  override = ["finops"]
  resource "aws_instance" "big" {
    instance_type = "m5.24xlarge"
  }
  expect "rule" {
    policy  = "large-instances"
    outcome = "overridden"
  }
}

test "small ones pass" {
  resource "aws_instance" "web" {
    instance_type = "m5.large"
  }
  resource "aws_db_instance" "main" {
    instance_class = "db.r6g.2xlarge"
  }
  resource "aws_ebs_volume" "data" {
    type = "gp3"
  }
}

test "accelerators and provisioned IOPS" {
  resource "aws_instance" "train" {
    instance_type = "p4d.xlarge"
  }
  resource "aws_ebs_volume" "fast" {
    type = "io2"
  }
  resource "aws_db_instance" "main" {
    instance_class = "db.r6g.16xlarge"
  }
  expect "rule" {
    policy = "accelerators"
  }
  expect "rule" {
    policy = "provisioned-iops"
  }
  expect "rule" {
    policy = "database-classes"
  }
}

test "a type that is known after apply does not block" {
  resource "aws_instance" "web" {
    unknown = ["instance_type"]
  }
  expect "rule-unknown" {
    policy  = "large-instances"
    outcome = "warns"
  }
  expect "rule-unknown" {
    policy  = "accelerators"
    outcome = "warns"
  }
}
