resource "aws_instance" "reverted" {
  instance_type = "t3.small"
}

resource "aws_instance" "touched" {
  instance_type = "t3.large"
}

resource "aws_instance" "computed" {
  instance_type = "t3.small"
}
