# A first week of tags: everything has an owner and an environment; it warns and stops nothing.
tag_policy "starter" {
  required    = ["owner", "environment"]
  enforcement = "advisory"
  message     = "Cost that nobody owns is cost that nobody lowers."
}

# Volumes of the generation before cost more and do less.
rule "gp2-volumes" {
  types       = ["aws_ebs_volume"]
  deny        = resource.values.type == "gp2"
  enforcement = "advisory"
  message     = "gp3 is a fifth cheaper than gp2 at the same size"
}
