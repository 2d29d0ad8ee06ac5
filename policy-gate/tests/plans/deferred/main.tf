resource "aws_vpc" "main" {
  cidr_block = "10.0.0.0/16"
  tags       = { team = "net", environment = "production" }
}

resource "aws_subnet" "each" {
  for_each   = toset(aws_vpc.main.ipv6_associations)
  vpc_id     = aws_vpc.main.id
  cidr_block = each.key
}
