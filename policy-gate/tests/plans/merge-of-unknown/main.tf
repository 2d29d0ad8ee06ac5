variable "extra" {
  type = map(string)
}

resource "random_id" "run" {
  byte_length = 4
}

module "web" {
  source = "./web"
  tags   = merge(var.extra, { run = random_id.run.hex })
}

resource "aws_sns_topic" "literal" {
  name = "literal"
  tags = {
    environment      = "production"
    (random_id.run.hex) = "x"
  }
}
