# Where resources may be: traffic between regions costs, and data has to stay where it may be.
rule "allowed-regions" {
  providers = ["aws", "azurerm", "google"]
  deny = !contains(
    ["eu-west-1", "eu-central-1", "westeurope", "germanywestcentral", "europe-west1", "europe-west3", "global"],
    lower(replace(resource.region, " ", "")),
  )
  message = "${resource.region} is no region that we use"
}
