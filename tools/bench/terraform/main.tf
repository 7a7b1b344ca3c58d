# The same clients as those of the Pulumi programs, with a provider for any REST API.
terraform {
  required_providers {
    restapi = {
      source = "mastercard/restapi"
    }
  }
}

variable "clients" {
  type = number
}

variable "address" {
  type = string
}

variable "tenant" {
  type = string
}

variable "token" {
  type      = string
  sensitive = true
}

provider "restapi" {
  uri = var.address
  headers = {
    authorization = "Bearer ${var.token}"
    x-tenantid    = var.tenant
    content-type  = "application/json"
  }

  # Else it would read each client once more after it has made it.
  write_returns_object = true
  id_attribute         = "data/id"
  update_method        = "PATCH"
}

resource "restapi_object" "client" {
  count = var.clients
  path  = "/api/v1/oauth-clients"
  data = jsonencode({
    name         = "Bench client ${count.index + 1}"
    description  = "One of many"
    clientType   = "confidential"
    redirectUris = ["https://app.example.test/callback"]
    grantTypes   = ["client_credentials"]
    scopes       = ["users:read", "reports:read"]
  })
}
