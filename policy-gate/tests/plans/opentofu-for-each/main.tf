variable "regions" {
  type    = set(string)
  default = ["eu-west-1", "us-east-1"]
}

provider "aws" {
  alias    = "by_region"
  for_each = var.regions
  region   = each.value
}

resource "aws_sqs_queue" "q" {
  for_each = var.regions
  provider = aws.by_region[each.key]
  name     = "q"
  tags     = { team = "shop", environment = "production" }

  lifecycle {
    enabled = true
  }
}
