resource "aws_sqs_queue" "forged" {
  name     = "forged"
  tags_all = { team = "web", environment = "production" }
}

resource "aws_sqs_queue" "by_provider" {
  name = "by-provider"
}
