terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.60"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

resource "aws_instance" "reports" {
  ami           = "ami-0abc"
  instance_type = "m5.large"

  root_block_device {
    volume_type = "gp3"
    volume_size = 100
  }

  tags = {
    team = "platform"
  }
}

resource "aws_s3_bucket" "reports" {
  bucket = "acme-reports"

  tags = {
    team = "platform"
  }
}
