resource "aws_db_instance" "main" {
  identifier     = "main-2"
  instance_class = "db.t4g.medium"
  tags = {
    team = "shop"
  }
}

resource "aws_ebs_volume" "tainted" {
  availability_zone = "eu-west-1a"
  size              = 20
}
