# Requires an end date and an owner for resources in sandboxes.
tag_policy "lifecycle" {
  types = [
    "aws_instance", "aws_db_instance", "aws_rds_cluster", "aws_eks_cluster", "aws_elasticache_*", "aws_redshift_cluster",
    "azurerm_*_virtual_machine", "azurerm_kubernetes_cluster", "google_compute_instance", "google_container_cluster",
  ]
  message = "A resource that may be switched off needs these tags."

  tag "environment" {
    values = ["production", "staging", "development", "sandbox"]
  }
}

rule "sandbox-expires" {
  when    = try(resource.tags.environment, "") == "sandbox"
  require = matches(try(resource.tags.expires, ""), "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
  message = "sandbox resources need a tag expires = \"2027-01-31\""
}

rule "production-is-protected" {
  types   = ["aws_db_instance", "aws_rds_cluster"]
  when    = try(resource.tags.environment, "") == "production"
  require = resource.values.deletion_protection == true
  message = "production databases need deletion_protection = true"
}
