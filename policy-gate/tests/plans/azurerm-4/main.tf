variable "subscription" {}

provider "azurerm" {
  features {}
  subscription_id                 = var.subscription
  resource_provider_registrations = "none"
}

resource "azurerm_resource_group" "shop" {
  name     = "shop"
  location = "westeurope"
  tags     = { team = "shop", environment = "production" }
}

resource "azurerm_kubernetes_cluster" "shop" {
  name                = "shop"
  location            = azurerm_resource_group.shop.location
  resource_group_name = azurerm_resource_group.shop.name
  tags                = { team = "shop", environment = "production" }

  default_node_pool {
    name       = "default"
    vm_size    = "Standard_D2_v2"
    node_count = 2
  }
}

resource "azurerm_kubernetes_cluster_node_pool" "more" {
  name                  = "more"
  kubernetes_cluster_id = azurerm_kubernetes_cluster.shop.id
  vm_size               = "Standard_D2_v2"
  node_count            = 1
  tags                  = { team = "shop", environment = "production" }
}
