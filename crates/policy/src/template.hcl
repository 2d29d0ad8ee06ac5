# Tollgate's policy: budgets, anomaly detection, messages, changes and the pull request gate.
# `tollgate config show --origin` prints every setting in effect and its origin.
# Lines that start with "#:" are examples; remove the "#: " to use them.

defaults {
  # The currency of budgets that name none (ISO 4217).
  currency = "USD"

  # The cost that budgets count: "effective" (amortized) or "billed" (as on the invoice).
  basis = "effective"

  # The month in which the years and quarters of budgets start.
  fiscal_year_starts = 1
}

# Exchange rates from a day on. Budgets convert other currencies by the rate of each day, and report a missing rate.
#: rates "2026-01-01" {
#:   base = "USD"
#:   EUR  = 1.0832 # dollars per euro
#: }

# Dimensions group charges. Each is an expression over a charge: its FOCUS columns in snake case, its tags, and the
# provider's own columns (charge.x_…). Functions: lower, upper, coalesce, starts_with, contains.
dimension "team" {
  value   = lower(coalesce(charge.tags.team, charge.tags.Team))
  default = "unallocated"
}

#: dimension "environment" {
#:   value   = contains(charge.sub_account_name, "prod") ? "production" : "other"
#:   default = "other"
#: }

# A saved question about cost: `tollgate costs --view by-team`. All filters must hold; groups beyond `top` are one row.
#: view "by-team" {
#:   by          = ["team", "service"]             # at most three
#:   period      = "last-month"                    # or "2026-10", "2026-Q3", "last-30-days", "2026-08..2026-10"
#:   compare     = "previous"                      # or "previous-year", or a period
#:   filters     = ["account=prod-*", "kind!=tax"]
#:   metric      = "effective"                     # or "billed", "list", "contracted"
#:   granularity = "total"                         # or "day", "week", "month"
#:   top         = 20
#:   order       = "amount"                        # or "change", "name"
#:   currency    = "policy"                        # or "keep", or a currency to convert into
#: }

# Known values of a dimension, with their hierarchy and dates. An unknown value of a tag is a finding with a suggestion.
#: entity "team" {
#:   value "checkout" {
#:     name        = "Checkout"
#:     parent      = "shop"
#:     cost_center = "4711"
#:     owner       = "jane"
#:     from        = "2026-01-01"
#:     until       = "2027-12-31"
#:   }
#:   value "shop" {}
#:   file = "teams.csv" # further values: value,name,parent,cost_center,owner,from,until
#: }

# Rules that divide shared cost among the values of a dimension. The first rule that matches takes a charge. Cost that a rule gave
# to a value is taken again only by a rule that names this value. Rules in a circle are an error.
#: allocation "platform" {
#:   source          = { team = "platform" }
#:   method          = "cost"                   # in proportion to the cost of each team
#:   except          = ["research"]             # of the targets, which are all teams with cost of their own
#:   weigh           = { service = "Amazon *" } # the cost that counts; by default, all of a team
#:   over            = "day"                    # or "month": the same ratio on every day
#:   without_weights = "even"                   # or "unallocated"
#: }
#: allocation "network" {
#:   source = { service = "Amazon Virtual Private Cloud" }
#:   method = "fixed"
#:   shares = { checkout = 50, search = 30 } # percent
#:   keep   = 20                             # percent that stay where they are
#: }
#: allocation "queue" {
#:   source  = { service = "Amazon Simple Queue Service" }
#:   targets = ["checkout", "search"]
#:   method  = "usage" # in proportion to the quantity in one unit
#:   unit    = "Requests"
#: }
#: allocation "unused" { # to the teams that used the commitment; "bought": to the team that bought it
#:   charges = ["unused_commitment", "commitment_fee"]
#:   method  = "used"
#: }
#: allocation "overhead" { # charges without a team, for some time
#:   dimension = "team"
#:   charges   = ["tax", "support", "credit", "refund"]
#:   method    = "even"
#:   from      = "2026-01-01"
#:   until     = "2026-12-31"
#: }

# A budget for everything.
#: budget "all" {
#:   amount = 50000
#:   period = "monthly" # or "quarterly", "yearly"
#: }

# A budget for a part of the cost: by dimension, or by provider, billing_account, account, service, region.
#: budget "platform-compute" {
#:   amount   = 12000
#:   currency = "USD"
#:   parent   = "all" # the budgets below a parent may not exceed it together
#:   scope    = { team = "platform", service = ["Amazon Elastic Compute Cloud", "AWS Lambda"] }
#:   thresholds {
#:     actual   = [50, 80, 100] # percent of the amount: actual cost
#:     forecast = [100]         # percent of the amount: forecast at the end of the period
#:     pace     = [120]         # percent of the plan to date
#:   }
#:   escalation { # recipients from a percentage on, instead of those of routes
#:     at       = 120
#:     channels = ["pager"]
#:     people   = ["jane"]
#:   }
#:   rollover       = "unused" # or "all", or "none": what a period rolls over to the next
#:   rollover_limit = 2000
#:   amendment { # a new amount from a day on
#:     on     = "2026-10-01"
#:     amount = 14000
#:     author = "jane"
#:     reason = "the launch"
#:   }
#: }

# A custom period, once; or repeated with repeat = true.
#: budget "migration" {
#:   amount = 30000
#:   period = "custom"
#:   starts = "2026-09-01"
#:   ends   = "2026-12-15"
#:   scope  = { account = "migration" }
#: }

# Which changes are anomalies. These are the defaults.
detection {
  sensitivity      = "normal" # "low": fewer alerts, "high": smaller changes too
  min_impact       = 10       # per day, in the currency of the charges
  provisional_days = 1        # days at the end of an export that are incomplete

  # The change per month from which an incident has a severity; below medium it is low.
  severity {
    medium   = 1000
    high     = 5000
    critical = 25000
  }
}

# Detection settings for a part of the cost; of several that match, the first is used.
#: watch "research" {
#:   scope       = { team = "research" }
#:   sensitivity = "low"
#:   min_impact  = 200
#:   severity {
#:     critical = 100000
#:   }
#: }

# When a savings plan or reservation ends. Bills do not contain it.
#: commitment "compute" {
#:   id        = "arn:aws:savingsplans::123456789012:savingsplan/abc" # CommitmentDiscountId
#:   ends      = "2027-01-31"
#:   warn_days = 30
#: }

# A business figure by day or hour, UTC: `tollgate metrics import` reads it. One feed: csv, http, cloudwatch, prometheus or sql.
#: metric "orders" {
#:   unit     = "order"
#:   interval = "day"      # or "hour"
#:   combine  = "sum"      # or "average", for figures such as active customers
#:   missing  = "unknown"  # or "zero", where the source writes no row for none
#:   by       = "customer" # a figure for each customer
#:   days     = 35         # days that an import reads again
#:   csv {
#:     path  = "metrics/orders.csv"
#:     date  = "date"
#:     value = "orders"
#:     by    = "customer"
#:   }
#: }
#: metric "revenue" {
#:   currency = "USD" # a metric with a currency is money
#:   by       = "customer"
#:   http {
#:     url    = "https://shop.example.com/api/revenue?from={from}&to={to}"
#:     token  = "SHOP_TOKEN"
#:     header = "Authorization"
#:     items  = "data.rows" # the path of the rows in the answer
#:     next   = "data.next" # the path of the next page's address
#:     date   = "day"
#:     value  = "total"
#:     by     = "customer_id"
#:   }
#: }
#: metric "requests" {
#:   cloudwatch {
#:     region    = "us-east-1"
#:     namespace = "AWS/ApplicationELB"
#:     metric    = "RequestCount"
#:     statistic = "Sum"
#:     dimensions { LoadBalancer = "app/checkout/50dc6c495c0c9188" }
#:   }
#: }
#: metric "tokens" {
#:   interval = "hour"
#:   by       = "model"
#:   prometheus {
#:     url   = "https://prometheus.example.com"
#:     query = "sum by (model_name) (increase(tokens_total[1h]))" # its value at the end of each hour or day
#:     token = "PROMETHEUS_TOKEN"
#:     by    = "model_name"
#:   }
#: }
#: metric "stored-gigabytes" {
#:   combine = "average"
#:   sql {
#:     query = "select date_trunc('day', ChargePeriodStart) as date, sum(ConsumedQuantity) as value from charges where ServiceCategory = 'Storage' group by 1"
#:   }
#: }

# A cost divided by a metric: `tollgate units`.
#: unit "cost-per-order" {
#:   metric   = "orders"
#:   per      = 1         # the cost of this many orders
#:   view     = "by-team" # the filters, cost and currency of a view
#:   scope    = { team = "platform" }
#:   filters  = ["service=Amazon*", "kind!=tax"] # as of `tollgate costs`
#:   basis    = "effective"
#:   currency = "USD"
#:   by       = "customer" # the cost of each customer
#:   divide   = "metric"   # in proportion to the metric; or "dimension", by the charges that name the customer
#:   revenue  = "revenue"  # the margin
#:   budget {
#:     amount     = 0.05
#:     thresholds = [80, 100] # percent of the amount
#:   }
#: }

# Where messages are sent. Secrets are named here and stored in the environment, or in Secrets Manager on AWS.
# Types and their fields: docs/guides/alerts.md.
#: channel "finops" {
#:   type           = "slack"
#:   to             = "C0123456789" # the channel's id
#:   team           = "T0123456789" # the workspace's id
#:   token          = "SLACK_TOKEN"
#:   signing_secret = "SLACK_SIGNING_SECRET"
#:   charts         = true   # the app may upload files
#:   fallback       = "mail" # used when Slack does not accept a message
#: }
#: channel "mail" {
#:   type = "email"
#:   from = "tollgate@example.com"
#:   to   = ["finops@example.com"]
#: }
#: channel "pager" {
#:   type        = "pagerduty"
#:   routing_key = "PAGERDUTY_ROUTING_KEY"
#: }

# People whom messages mention and who approve.
#: person "jane" {
#:   slack = "U012AB3CD"
#:   email = "jane@example.com"
#: }

# Which messages go to which channels. The first route that matches is used. Without routes, pagers get high and critical
# incidents, tickets are created from medium severity on, and all other channels get everything.
#: route "platform" {
#:   about    = ["incident", "budget"] # restated, reconciliation, plan, heartbeat
#:   severity = "high"                 # of incidents: this and above
#:   kind     = ["spike", "level_shift", "new_cost"]
#:   scope    = { team = "platform" }
#:   channels = ["finops", "pager"]
#:   people   = ["jane"]
#:   quiet {
#:     from   = "22:00"
#:     to     = "07:00"
#:     zone   = "Europe/Berlin"
#:     except = "critical"
#:   }
#:   escalate { # when nobody acknowledges the incident
#:     after    = "30m"
#:     channels = ["pager"]
#:     people   = ["jane"]
#:   }
#: }
#: route "rest" {
#:   channels = ["finops"]
#:   digest {
#:     at   = "09:00"
#:     zone = "Europe/Berlin"
#:   }
#:   throttle {
#:     at_most = 20
#:     per     = "1h"
#:   }
#: }

# Permissions: a viewer reads, an engineer acknowledges and proposes, an approver approves, an admin does everything.
# People without a role are viewers.
#: role "viewer" {
#:   members "payments" {
#:     groups = ["company:payments"] # of an identity provider
#:     sees   = ["team=platform"]    # only these charges, as of `tollgate costs --filter`
#:   }
#: }
#: role "engineer" {
#:   slack_users = ["*"] # every member of the workspace
#: }
#: role "approver" {
#:   people       = ["jane"]
#:   slack_groups = ["S012AB3CD"]
#:   emails       = ["jo@example.com"]
#:   claims       = ["company:department=finance"]
#: }

# Who calls the API: people sign in with an identity provider, programs send its tokens or an API key (`tollgate keys create`).
#: identity "company" {
#:   issuer        = "https://login.example.com"
#:   client_id     = "tollgate"             # for the sign-in of people
#:   client_secret = "TOLLGATE_OIDC_SECRET" # the name of the secret
#:   address       = "https://tollgate.example.com" # of Tollgate's pages, where people come back to
#:   audiences     = ["https://tollgate.example.com"] # of bearer tokens
#: }
#: service_account "ci" {
#:   role  = "viewer"
#:   owner = "jane"
#: }

# The approvals that change plans of a risk class require: low, medium, high. These are the defaults of high.
approval "high" {
  people        = 2
  requester_may = false
  chat_alone    = false # one approval must come from `tollgate plans approve`
  expires       = "24h"
}

# Requirements for the tags in Terraform plans: `policy-gate check plan.json`. More examples: `policy-gate templates`.
#: tag_policy "cost-allocation" {
#:   required    = ["team"]
#:   forbidden   = ["Team", "tmp-*"]
#:   key_case    = "lower"        # or upper, pascal, camel, snake, kebab
#:   enforcement = "hard"         # or "soft": a group may override it; or "advisory"
#:   unknown     = "warn"         # for values known after apply; or "ignore", or "block"
#:   propagation = "warn"         # for volumes, instances and tasks that a resource creates without its tags
#:   types       = ["aws_*"]      # by default, every type that has tags
#:   message     = "Finance allocates cost by these tags."
#:   link        = "https://wiki.example.com/tags"
#:   tag "environment" {
#:     values = ["production", "staging", "development"]
#:   }
#:   tag "cost-center" {
#:     pattern = "[0-9]{4}"
#:   }
#: }

# Extends a policy and makes it stricter. A looser one is refused.
#: tag_policy "production" {
#:   extends      = "cost-allocation"
#:   environments = ["production"]
#:   required     = ["owner"]
#: }

# A condition over each planned resource: resource.type, .tags, .values, .before, .region, .account, .action and others.
# The functions are those of Terraform.
#: rule "no-previous-generation" {
#:   types       = ["aws_instance"]
#:   deny        = starts_with(resource.values.instance_type, "t2.")
#:   message     = "${resource.values.instance_type}: t3 costs less and is faster"
#:   enforcement = "soft"
#:   override    = ["platform-leads"]
#: }

# The environment of a plan, by its path or its account.
#: environment "production" {
#:   plans    = ["envs/prod/**"]
#:   accounts = ["123456789012"]
#: }

# Limits on the cost of a change: by itself, and against the remaining budget together with all open pull requests.
#: budget_policy "platform-money" {
#:   budget           = "platform-compute" # its forecast plus this change must stay within it
#:   stop_when_over   = true            # block every cost increase while it is exceeded
#:   max_left_percent = 50              # of the remaining budget
#:   max_increase     = 500             # per month
#:   max_increase_percent = 20          # of the cost before the change
#:   max_resource     = 1000            # per month, for one resource
#:   judge            = "likely"        # or "high", the upper bound of the estimate
#:   max_age_days     = 3               # age of the budget status
#:   tags             = { team = "platform" }
#:   enforcement      = "soft"
#:   override         = ["platform-leads"]
#: }

# Prices of cost estimates. The program contains a price book; `policy-gate prices refresh` downloads a newer one.
prices {
#:   stale_days = 400 # a change whose estimate uses an older price gets a finding; without it, `policy-gate cost` notes the age
#:   book   = "prices.tsv.gz"
#:   usage  = "usage.yml" # an infracost usage file, for usage-based prices
#:   region = "us-east-1" # when the plan does not contain it
#:   discount "enterprise" {
#:     percent = 12.5
#:     skus    = ["aws/*"]
#:   }
#:   discount "compute-savings-plan" {
#:     percent = 27
#:     covers  = 60 # percent of the usage
#:     skus    = ["aws/vm/*", "aws/ecs_service/*"]
#:   }
#:   own "negotiated-m5" {
#:     sku      = "aws/vm/linux/m5.large"
#:     unit     = "hours"
#:     price    = 0.0723
#:     currency = "USD"
#:     since    = "2026-01-01"
#:   }
}

# Findings that may pass until a date. A waiver is in effect once it is on the base branch: a change cannot waive itself.
#: waiver "legacy-db" {
#:   policies  = ["cost-allocation"]
#:   addresses = ["module.legacy.aws_db_instance.*"]
#:   folders   = ["envs/prod"] # of configurations; by default, the folder of this file
#:   tags      = ["team"]
#:   owner     = "jane"
#:   approver  = "jo"
#:   reason    = "is replaced in March"
#:   expires   = "2027-03-31"
#: }

# Settings of the pull request gate. These are the defaults.
gate {
  unknown           = "warn"
  rego              = "policies" # rules named deny, violation, warn, as in conftest
  namespaces        = []         # Rego packages; all when empty
  rego_milliseconds = 5000
  baseline          = "tollgate.baseline.json"
  expiring_days     = 14
}

# Where recommendations are searched for, and their thresholds. These are the defaults.
advice {
  accounts         = [] # the caller's own when empty
  regions          = [] # the caller's own when empty
  idle_days        = 14
  idle_cpu_percent = 5
  headroom_percent = 25
  snapshot_days    = 90
  image_days       = 180
  log_days         = 90
  min_saving       = 1
  without          = [] # kinds of recommendations to skip
  max_calls        = 5000
  max_metrics      = 50000 # USD 0.01 per thousand
  ask_aws          = true  # Compute Optimizer and Cost Optimization Hub, where they are enabled
}

# Which changes are allowed, their safety limits, and health checks. Accounts that are not listed are never changed.
remediation {
  accounts           = []
  max_steps          = 25
  max_share_percent  = 25   # of the resources of a type in an account and region, per day
  max_money_a_day    = 5000 # change of monthly cost, per day
  max_unpriced_a_day = 25   # steps whose cost is unpriced, per day
  deny_tags          = ["tollgate:keep"]
  production         = ["environment=production", "environment=prod", "env=production", "env=prod"]
  wait_days          = 7 # between marking a resource for deletion and the deletion
  soak               = ["30m", "30m", "1h", "1h"] # after the canary, 10 %, 50 % and all
  rollback           = "plan" # or "stage"
  quiet_days         = []
#:   window "nights" {
#:     days = ["mon", "tue", "wed", "thu"]
#:     from = "20:00" # UTC
#:     to   = "04:00"
#:   }
#:   health "checkout" {
#:     alarm = "checkout-5xx"
#:   }
#:   health "page" {
#:     url = "https://example.com/health"
#:   }
#:   health "errors" {
#:     namespace = "AWS/ApplicationELB"
#:     metric    = "HTTPCode_Target_5XX_Count"
#:     statistic = "Sum"
#:     most      = 10
#:     dimensions { LoadBalancer = "app/checkout/50dc6c495c0c9188" }
#:   }
}
