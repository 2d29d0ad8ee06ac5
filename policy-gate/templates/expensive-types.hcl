# Requires an approval for expensive types: large and accelerated instances, NAT gateways, provisioned IOPS.
rule "large-instances" {
  types       = ["aws_instance", "aws_launch_template", "aws_spot_instance_request"]
  deny        = matches(try(resource.values.instance_type, ""), "\\.([89]|[1-9][0-9]+)xlarge$|\\.metal")
  enforcement = "soft"
  override    = ["finops"]
  message     = "${resource.values.instance_type} needs an approval by finops"
}

rule "accelerators" {
  types       = ["aws_instance", "aws_launch_template"]
  deny        = matches(try(resource.values.instance_type, ""), "^(p[0-9]|g[0-9]|trn|inf|dl[0-9]|u-|x[0-9])")
  enforcement = "soft"
  override    = ["finops"]
  message     = "${resource.values.instance_type} is a type with accelerators or very large memory"
}

rule "database-classes" {
  types       = ["aws_db_instance", "aws_rds_cluster_instance"]
  deny        = matches(try(resource.values.instance_class, ""), "\\.([89]|[1-9][0-9]+)xlarge$")
  enforcement = "soft"
  override    = ["finops"]
  message     = "${resource.values.instance_class} needs an approval by finops"
}

rule "provisioned-iops" {
  types       = ["aws_ebs_volume"]
  deny        = contains(["io1", "io2"], try(resource.values.type, ""))
  enforcement = "soft"
  override    = ["finops"]
  message     = "provisioned IOPS cost extra; gp3 has up to 16,000 IOPS"
}
