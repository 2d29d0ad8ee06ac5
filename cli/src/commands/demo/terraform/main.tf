# A change of the demo's company, as `terraform show -json` writes it in plan.json. It has no state and needs no provider.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.60"
    }
  }
}

provider "aws" {
  region = "us-west-2"
}

resource "aws_instance" "training" {
  ami           = "ami-0abc"
  instance_type = "m5.4xlarge"

  root_block_device {
    volume_type = "gp3"
    volume_size = 100
  }
}

resource "aws_s3_bucket" "models" {
  bucket = "larkspur-models"

  tags = {
    team = "research"
  }
}
