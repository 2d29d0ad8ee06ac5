import {
  to = aws_s3_bucket.legacy
  identity = {
    bucket = "legacy"
  }
}

resource "aws_s3_bucket" "legacy" {
  bucket = "legacy"
}

import {
  to = aws_s3_bucket.stripped
  id = "stripped"
}

resource "aws_s3_bucket" "stripped" {
  bucket = "stripped"
  tags   = { environment = "production" }
}
