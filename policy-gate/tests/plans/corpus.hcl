# What real plans of other projects are judged by: the reviewed verdicts are of these rules.
tag_policy "cost-allocation" {
  required = ["Name"]
  key_case = "pascal"
  tag "Environment" {
    required = false
    values   = ["prod", "production", "stage", "staging", "dev", "test"]
  }
}

rule "no-previous-generation" {
  types   = ["aws_instance", "aws_launch_configuration", "aws_db_instance"]
  deny    = matches(try(coalesce(resource.values.instance_type, resource.values.instance_class), ""), "^(db\\.)?(t1|t2|m1|m2|m3|m4|c1|c3|c4|r3|r4)\\.")
  message = "a type of a previous generation"
}

rule "region" {
  when        = resource.provider == "aws"
  require     = contains(["us-east-1", "eu-west-1"], resource.region)
  enforcement = "advisory"
}
