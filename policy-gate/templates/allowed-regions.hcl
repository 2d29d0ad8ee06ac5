# Allows certain regions only: traffic between regions costs money, and data may have to stay in a country.
rule "allowed-regions" {
  providers = ["aws", "azurerm", "google"]
  deny = !contains(
    ["eu-west-1", "eu-central-1", "westeurope", "germanywestcentral", "europe-west1", "europe-west3", "global"],
    lower(replace(resource.region, " ", "")),
  )
  message = "${resource.region} is not an approved region"
}
