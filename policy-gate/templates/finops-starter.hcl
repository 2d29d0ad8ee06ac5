# Starts with two tags: every resource needs an owner and an environment. It warns and never blocks.
tag_policy "starter" {
  required    = ["owner", "environment"]
  enforcement = "advisory"
  message     = "Cost without an owner is not reduced."
}

# Volumes of the previous generation cost more and perform less.
rule "gp2-volumes" {
  types       = ["aws_ebs_volume"]
  deny        = resource.values.type == "gp2"
  enforcement = "advisory"
  message     = "gp3 is a fifth cheaper than gp2 at the same size"
}
