provider "aws" {
  region = "eu-west-1"
  default_tags {
    tags = { team = "web", environment = "production" }
  }
}

provider "aws" {
  alias  = "bare"
  region = "us-east-1"
}

module "inherits" {
  source = "./bucket"
  name   = "a"
}

module "passed" {
  source = "./bucket"
  name   = "b"
  providers = {
    aws = aws.bare
  }
}
