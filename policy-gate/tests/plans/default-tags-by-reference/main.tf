variable "team" {
  type = string
}

locals {
  tags = merge({ environment = "production" }, { team = var.team })
}

provider "aws" {
  region = "eu-west-1"

  default_tags {
    tags = local.tags
  }
}

resource "aws_sqs_queue" "orders" {
  name = "orders"
  tags = {
    queue = aws_sqs_queue.dead.arn
  }
}

resource "aws_sqs_queue" "dead" {
  name = "dead"
  tags = {
    environment = "prod"
  }
}
