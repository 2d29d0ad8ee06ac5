variable "owner" {
  type      = string
  sensitive = true
}

variable "password" {
  type      = string
  sensitive = true
}

resource "aws_db_instance" "main" {
  identifier = "main"
  password   = var.password
  tags = {
    team        = var.owner
    environment = var.owner
  }
}

resource "aws_sqs_queue" "hidden" {
  name = "hidden"
  tags = sensitive({ (var.owner) = "x", Team = "web" })
}
