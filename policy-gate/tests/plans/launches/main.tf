provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { team = "web", environment = "production" }
  }
}

resource "aws_launch_template" "web" {
  name          = "web"
  instance_type = "t3.small"
  tag_specifications {
    resource_type = "instance"
    tags          = { team = "web" }
  }
}

resource "aws_instance" "volumes" {
  instance_type = "t3.small"
  root_block_device {
    volume_size = 20
  }
}

resource "aws_instance" "volume_tags" {
  instance_type = "t3.small"
  volume_tags   = { team = "web" }
}

resource "aws_ecs_service" "quiet" {
  name = "quiet"
}

resource "aws_ecs_service" "hands_on" {
  name           = "hands-on"
  propagate_tags = "SERVICE"
}
