locals {
  group_tags = {
    team        = "web"
    environment = "production"
  }
}

resource "aws_autoscaling_group" "web" {
  name     = "web"
  min_size = 1
  max_size = 3

  dynamic "tag" {
    for_each = local.group_tags
    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = tag.key == "team"
    }
  }
}

resource "aws_autoscaling_group" "bare" {
  name     = "bare"
  min_size = 0
  max_size = 1

  tag {
    key                 = "team"
    value               = "web"
    propagate_at_launch = true
  }
}

resource "aws_instance" "each" {
  for_each      = { a = "t3.small", b = "t3.large" }
  instance_type = each.value
  tags = {
    team = "web"
    size = each.value
  }
}
