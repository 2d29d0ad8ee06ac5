provider "aws" {
  region = "us-east-1"
}

resource "aws_instance" "ireland" {
  region        = "eu-west-1"
  instance_type = "t3.micro"
  tags          = { team = "shop", environment = "production" }
}

resource "aws_instance" "home" {
  instance_type = "t3.micro"
  tags          = { team = "shop", environment = "production" }
}
