removed {
  from = aws_s3_bucket.kept
  lifecycle {
    destroy = false
  }
}

moved {
  from = aws_sns_topic.old
  to   = aws_sns_topic.new
}

resource "aws_sns_topic" "new" {
  name = "alerts"
}

moved {
  from = aws_sns_topic.small
  to   = aws_sns_topic.large
}

resource "aws_sns_topic" "large" {
  name         = "large"
  display_name = "Large"
}
