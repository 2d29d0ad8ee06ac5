# A FOCUS 1.2 export of an account's charges for Tollgate, and its bucket.
#
# Run it in the account that AWS bills. AWS offers Data Exports in us-east-1 only; the bucket is in the region of Tollgate.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = ">= 5.60"
      configuration_aliases = [aws.us_east_1]
    }
  }
}

variable "export_name" {
  description = "The export's name: 1 to 64 letters, digits and -."
  type        = string
  default     = "tollgate"
  validation {
    condition     = can(regex("^[A-Za-z0-9-]{1,64}$", var.export_name))
    error_message = "Use 1 to 64 letters, digits and -."
  }
}

variable "keep_days" {
  description = "Days to keep delivered files: 90 to 3650. Tollgate keeps imported charges in its own bucket."
  type        = number
  default     = 800
  validation {
    condition     = var.keep_days >= 90 && var.keep_days <= 3650
    error_message = "Keep 90 to 3650 days."
  }
}

variable "tags" {
  description = "Tags of every resource of the module."
  type        = map(string)
  default     = { application = "tollgate" }
}

data "aws_caller_identity" "this" {}
data "aws_partition" "this" {}
data "aws_region" "this" {}

locals {
  account = data.aws_caller_identity.this.account_id
  columns = "AvailabilityZone, BilledCost, BillingAccountId, BillingAccountName, BillingAccountType, BillingCurrency, BillingPeriodEnd, BillingPeriodStart, CapacityReservationId, CapacityReservationStatus, ChargeCategory, ChargeClass, ChargeDescription, ChargeFrequency, ChargePeriodEnd, ChargePeriodStart, CommitmentDiscountCategory, CommitmentDiscountId, CommitmentDiscountName, CommitmentDiscountQuantity, CommitmentDiscountStatus, CommitmentDiscountType, CommitmentDiscountUnit, ConsumedQuantity, ConsumedUnit, ContractedCost, ContractedUnitPrice, EffectiveCost, InvoiceId, InvoiceIssuerName, ListCost, ListUnitPrice, PricingCategory, PricingCurrency, PricingCurrencyContractedUnitPrice, PricingCurrencyEffectiveCost, PricingCurrencyListUnitPrice, PricingQuantity, PricingUnit, ProviderName, PublisherName, RegionId, RegionName, ResourceId, ResourceName, ResourceType, ServiceCategory, ServiceName, ServiceSubcategory, SkuId, SkuMeter, SkuPriceDetails, SkuPriceId, SubAccountId, SubAccountName, SubAccountType, Tags, x_Discounts, x_Operation, x_ServiceCode"
}

resource "aws_s3_bucket" "export" {
  bucket = "${var.export_name}-export-${local.account}-${data.aws_region.this.name}"
  tags   = var.tags
}

resource "aws_s3_bucket_public_access_block" "export" {
  bucket                  = aws_s3_bucket.export.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "export" {
  bucket = aws_s3_bucket.export.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "export" {
  bucket = aws_s3_bucket.export.id
  rule {
    id     = "old"
    status = "Enabled"
    filter {}
    expiration {
      days = var.keep_days
    }
  }
}

# The arrival of a manifest starts ingest.
resource "aws_s3_bucket_notification" "export" {
  bucket      = aws_s3_bucket.export.id
  eventbridge = true
}

resource "aws_s3_bucket_policy" "export" {
  bucket = aws_s3_bucket.export.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "DataExportsWrites"
        Effect    = "Allow"
        Principal = { Service = ["bcm-data-exports.amazonaws.com", "billingreports.amazonaws.com"] }
        Action    = ["s3:GetBucketPolicy", "s3:PutObject"]
        Resource  = [aws_s3_bucket.export.arn, "${aws_s3_bucket.export.arn}/*"]
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account }
          StringLike = {
            "aws:SourceArn" = [
              "arn:${data.aws_partition.this.partition}:bcm-data-exports:us-east-1:${local.account}:export/*",
              "arn:${data.aws_partition.this.partition}:cur:us-east-1:${local.account}:definition/*",
            ]
          }
        }
      },
      {
        Sid       = "EncryptedConnectionsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.export.arn, "${aws_s3_bucket.export.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_bcmdataexports_export" "focus" {
  provider   = aws.us_east_1
  depends_on = [aws_s3_bucket_policy.export]
  tags       = var.tags

  export {
    name        = var.export_name
    description = "FOCUS 1.2 for Tollgate"

    data_query {
      query_statement      = "SELECT ${local.columns} FROM FOCUS_1_2_AWS"
      table_configurations = { FOCUS_1_2_AWS = { TIME_GRANULARITY = "DAILY" } }
    }

    destination_configurations {
      s3_destination {
        s3_bucket = aws_s3_bucket.export.id
        s3_prefix = "focus"
        s3_region = data.aws_region.this.name

        s3_output_configurations {
          output_type = "CUSTOM"
          format      = "PARQUET"
          compression = "PARQUET"
          overwrite   = "OVERWRITE_REPORT"
        }
      }
    }

    refresh_cadence {
      frequency = "SYNCHRONOUS"
    }
  }
}

output "export_bucket" {
  description = "ExportBucket of Tollgate's stack."
  value       = aws_s3_bucket.export.id
}

output "export_folder" {
  description = "ExportFolder of Tollgate's stack."
  value       = "focus/${var.export_name}"
}
