variable "tags" {
  type = map(string)
}

resource "aws_lb" "this" {
  name = "web"
  tags = merge(var.tags, { Name = "web" })
}
