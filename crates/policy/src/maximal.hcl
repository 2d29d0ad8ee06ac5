# Every attribute that template.hcl does not show. A test compares both with what `tollgate config show` lists.

dimension "team" {
  value = charge.tags.team
}

entity "team" {
  csv = "value,owner"
  value "search" {
    name = "Search"
  }
}

allocation "gateway" {
  source = { team = "gateway" }
  method = "metric"
  metric = "team-requests"
}

metric "team-requests" {
  by = "team"
}

budget "all" {
  amount   = 50000
  currency = "USD"
}

budget "sprint" {
  amount   = 1000
  currency = "USD"
  period   = "custom"
  starts   = "2026-09-01"
  ends     = "2026-09-14"
  repeat   = true
  basis    = "billed"
  escalation {
    at       = 90
    channels = ["hook"]
  }
  escalation {
    at       = 120
    channels = ["tickets"]
  }
}

watch "research" {
  scope = {
    team    = "research" # two conditions on two lines
    account = ["111122223333", "444455556666"]
  }
  severity {
    medium   = 2000
    high     = 10000
    critical = 50000
  }
}

channel "topic-of-ours" {
  type     = "sns"
  topic    = "arn:aws:sns:eu-central-1:123456789012:alerts"
  amazon_q = true
}

channel "tickets" {
  type       = "jira"
  site       = "https://acme.atlassian.net"
  project    = "FIN"
  issue_type = "Bug"
  user       = "tollgate@example.com"
  token      = "JIRA_TOKEN"
}

channel "hook" {
  type   = "webhook"
  url    = "https://example.com/alerts"
  secret = "WEBHOOK_SECRET"
}

channel "chat" {
  type = "teams"
  url  = "TEAMS_WEBHOOK"
}

route "all" {
  channels = ["hook"]
  continue = true
}

environment "production" {
  plans = ["envs/prod/**"]
}

tag_policy "cost-allocation" {
  except_types = ["aws_iam_*"]
  providers    = ["aws"]
  modules      = ["module.web"]
  accounts     = ["123456789012"]
  enforcement  = "soft"
  override     = ["platform-leads"]
  tag "team" {
    required = false
    empty    = true
    case     = "lower"
  }
}

rule "encrypted" {
  when    = resource.type == "aws_ebs_volume"
  require = resource.values.encrypted == true
  unknown = "block"
  link    = "https://wiki.example.com/encryption"
}

rule "no-giants" {
  types        = ["aws_instance"]
  except_types = ["aws_spot_*"]
  providers    = ["aws"]
  modules      = ["module.web"]
  accounts     = ["123456789012"]
  environments = ["production"]
  deny         = starts_with(resource.values.instance_type, "u-")
}

budget_policy "money" {
  currency     = "USD"
  may_cross    = true
  max_increase = 100
  message      = "Ask the platform team."
  link         = "https://wiki.example.com/money"
  unknown      = "block"
  types        = ["aws_*"]
  except_types = ["aws_iam_*"]
  providers    = ["aws"]
  modules      = ["module.web"]
  accounts     = ["123456789012"]
  environments = ["production"]
}

prices {
  discount "enterprise" {
    percent = 10
    skus    = ["aws/*"]
    except  = ["aws/vm/windows/*"]
  }
  own "negotiated" {
    sku    = "aws/vm/linux/m5.large"
    unit   = "hours"
    price  = 0.07
    region = "us-east-1"
    since  = "2026-01-01"
    currency = "USD"
  }
}

waiver "legacy" {
  policies     = ["cost-allocation"]
  addresses    = ["module.legacy"]
  environments = ["production"]
  owner        = "jane"
  approver     = "jo"
  reason       = "is replaced in March"
  expires      = "2027-03-31"
}

remediation {
  health "latency" {
    namespace = "AWS/ApplicationELB"
    metric    = "TargetResponseTime"
    least     = 0.1
    dimensions { LoadBalancer = "app/checkout/50dc6c495c0c9188" }
  }
}

metric "tenant-storage" {
  by = "tenant"
  sql {
    query = "select ChargePeriodStart as day, SubAccountId as account, 1 as gigabytes from charges"
    date  = "day"
    value = "gigabytes"
    by    = "account"
  }
}

identity "staff" {
  issuer       = "https://staff.example.com"
  client_id    = "tollgate"
  scopes       = ["openid", "email", "profile", "groups"]
  groups_claim = "roles"
}

person "kim" {
  subjects = ["staff:00u1abcd"]
  sees     = ["account=1*"]
}

service_account "exporter" {
  owner    = "kim"
  subjects = ["staff:0oa1abcd"]
  sees     = ["team=search"]
}

role "viewer" {
  groups = ["staff:finops"]
  sees   = ["kind!=tax"]
  members "search" {
    people       = ["kim"]
    slack_users  = ["U0SEARCH"]
    slack_groups = ["S0SEARCH"]
    emails       = ["search@example.com"]
    claims       = ["staff:team=search"]
  }
}
