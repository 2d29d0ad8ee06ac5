resource "aws_instance" "both" {
  instance_type = "t3.2xlarge"
}
