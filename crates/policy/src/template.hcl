# Tollgate's policy: what to watch, what it may cost, and what counts as strange.
# `tollgate config show --origin` prints what is in effect and where it comes from.
# Lines that start with "#:" are examples; take the "#: " away to use them.

defaults {
  # The currency of budgets that name none (ISO 4217).
  currency = "USD"

  # Which cost budgets count: "effective" (amortised, what it costs to run) or "billed" (what the invoice asks for).
  basis = "effective"

  # The month in which the years and quarters of budgets start.
  fiscal_year_starts = 1
}

# What currencies are worth, from a day on. Budgets count other currencies by the rate of each day; without one they say so.
#: rates "2026-01-01" {
#:   base = "USD"
#:   EUR  = 1.0832 # dollars for a euro
#: }

# Dimensions sort charges. Each is an expression over a charge: its FOCUS columns in snake case, its tags, and the
# provider's own columns (charge.x_…). Functions: lower, upper, coalesce, starts_with, contains.
dimension "team" {
  value   = lower(coalesce(charge.tags.team, charge.tags.Team))
  default = "unallocated"
}

#: dimension "environment" {
#:   value   = contains(charge.sub_account_name, "prod") ? "production" : "other"
#:   default = "other"
#: }

# A budget for everything.
#: budget "all" {
#:   amount = 50000
#:   period = "monthly" # or "quarterly", "yearly"
#: }

# A budget for a part: by dimension, or by provider, billing_account, account, service, region.
#: budget "platform-compute" {
#:   amount   = 12000
#:   currency = "USD"
#:   parent   = "all" # what is below a budget may not be more than it, which is checked here
#:   scope    = { team = "platform", service = ["Amazon Elastic Compute Cloud", "AWS Lambda"] }
#:   thresholds {
#:     actual   = [50, 80, 100] # percent of the amount that was spent
#:     forecast = [100]         # percent of the amount that will have been spent at the end
#:     pace     = [120]         # percent of what the elapsed part of the period would have
#:   }
#:   escalation { # who hears from which percentage on, instead of what routes say
#:     at       = 120
#:     channels = ["pager"]
#:     people   = ["jane"]
#:   }
#:   rollover       = "unused" # or "all", or "none": what a month hands to the next
#:   rollover_limit = 2000
#:   amendment { # another amount from a day on
#:     on     = "2026-10-01"
#:     amount = 14000
#:     author = "jane"
#:     reason = "the launch"
#:   }
#: }

# Days of its own, once; or again and again with repeat = true.
#: budget "migration" {
#:   amount = 30000
#:   period = "custom"
#:   starts = "2026-09-01"
#:   ends   = "2026-12-15"
#:   scope  = { account = "migration" }
#: }

# What counts as an anomaly. These are the defaults.
detection {
  sensitivity      = "normal" # "low": fewer alarms, "high": smaller changes too
  min_impact       = 10       # a day, in the currency of the charges
  provisional_days = 1        # days at the end of an export that are not complete yet

  # The change a month from which an incident matters so much.
  severity {
    medium   = 1000
    high     = 5000
    critical = 25000
  }
}

# Another sensitivity for a part of the cost; of several that match, the first holds.
#: watch "research" {
#:   scope       = { team = "research" }
#:   sensitivity = "low"
#:   min_impact  = 200
#:   severity {
#:     critical = 100000
#:   }
#: }

# When a savings plan or reservation ends, which no bill says.
#: commitment "compute" {
#:   id        = "arn:aws:savingsplans::123456789012:savingsplan/abc" # CommitmentDiscountId
#:   ends      = "2027-01-31"
#:   warn_days = 30
#: }

# Where messages go. Tokens are named here and kept elsewhere: in the environment on one machine, in Secrets Manager on AWS.
# Types: slack, slack-webhook, sns, email, pagerduty, jira, teams, webhook.
#: channel "finops" {
#:   type           = "slack"
#:   to             = "C0123456789" # the channel's id
#:   team           = "T0123456789" # the workspace's id
#:   token          = "SLACK_TOKEN"
#:   signing_secret = "SLACK_SIGNING_SECRET"
#:   charts         = true   # the app may upload files
#:   fallback       = "mail" # when Slack does not take a message
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

# People whom messages name and who decide.
#: person "jane" {
#:   slack = "U012AB3CD"
#:   email = "jane@example.com"
#: }

# Who hears of what. The first route that matches holds. Without any, pagers hear of high and critical incidents, tickets are
# made from medium on, and every other channel hears of everything.
#: route "platform" {
#:   about    = ["incident", "budget"] # restated, reconciliation, plan, heartbeat
#:   severity = "high"                 # of incidents, and above
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
#:   escalate { # when nobody acknowledges
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

# Who may do what in the chat: viewer looks, engineer acknowledges and proposes, approver approves, admin does everything.
# Whoever has no role is a viewer.
#: role "engineer" {
#:   slack_users = ["*"] # everybody of the workspace
#: }
#: role "approver" {
#:   people       = ["jane"]
#:   slack_groups = ["S012AB3CD"]
#:   emails       = ["jo@example.com"]
#: }

# What change plans of a risk class need: low, medium, high. These are the defaults of high.
approval "high" {
  people        = 2
  requester_may = false
  chat_alone    = false # one approval comes by `tollgate plans approve`
  expires       = "24h"
}

# What the gate of pull requests asks of plans: `policy-gate check plan.json`. More to start from: `policy-gate templates`.
#: tag_policy "cost-allocation" {
#:   required    = ["team"]
#:   forbidden   = ["Team", "tmp-*"]
#:   key_case    = "lower"        # or upper, pascal, camel, snake, kebab
#:   enforcement = "hard"         # or "soft", which a group may override, or "advisory"
#:   unknown     = "warn"         # what is known after apply: or "ignore", or "block"
#:   propagation = "warn"         # volumes, instances and tasks that a resource makes and that lack what it has
#:   types       = ["aws_*"]      # without it, every type that takes tags
#:   message     = "Finance splits the bill by these tags."
#:   link        = "https://wiki.example.com/tags"
#:   tag "environment" {
#:     values = ["production", "staging", "development"]
#:   }
#:   tag "cost-center" {
#:     pattern = "[0-9]{4}"
#:   }
#: }

# Takes over another and makes it stricter. A looser one is refused.
#: tag_policy "production" {
#:   extends      = "cost-allocation"
#:   environments = ["production"]
#:   required     = ["owner"]
#: }

# A condition over each planned resource: resource.type, .tags, .values, .before, .region, .account, .action and others.
# Functions are those of Terraform that conditions need.
#: rule "no-previous-generation" {
#:   types       = ["aws_instance"]
#:   deny        = starts_with(resource.values.instance_type, "t2.")
#:   message     = "${resource.values.instance_type}: t3 costs less and does more"
#:   enforcement = "soft"
#:   override    = ["platform-leads"]
#: }

# Which environment a plan is for.
#: environment "production" {
#:   plans    = ["envs/prod/**"]
#:   accounts = ["123456789012"]
#: }

# What a change may cost: by itself, and against the money that the budget has left, with every other open pull request.
#: budget_policy "platform-money" {
#:   budget           = "platform-compute" # its forecast and this change together stay within it
#:   stop_when_over   = true            # nothing that costs more while it is exceeded
#:   max_left_percent = 50              # of what it has left
#:   max_increase     = 500             # a month
#:   max_increase_percent = 20          # of what is paid before
#:   max_resource     = 1000            # a month, for one resource
#:   judge            = "likely"        # or "high", the most that it can be
#:   max_age_days     = 3               # of what is known of the budget
#:   tags             = { team = "platform" }
#:   enforcement      = "soft"
#:   override         = ["platform-leads"]
#: }

# What things cost. The program carries a price book; `policy-gate prices refresh` makes one that is newer and knows more.
prices {
  stale_days = 400 # a price that is older is told
#:   book   = "prices.tsv.gz"
#:   usage  = "usage.yml" # infracost's, for what is billed by use
#:   region = "us-east-1" # where the plan does not tell
#:   discount "enterprise" {
#:     percent = 12.5
#:     skus    = ["aws/*"]
#:   }
#:   discount "compute-savings-plan" {
#:     percent = 27
#:     covers  = 60 # per cent of the usage
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

# What is let pass, by whom and until when. It holds once it is on the base branch: a change cannot waive itself.
#: waiver "legacy-db" {
#:   policies  = ["cost-allocation"]
#:   addresses = ["module.legacy.aws_db_instance.*"]
#:   folders   = ["envs/prod"] # of configurations; without it, the folder of this file
#:   tags      = ["team"]
#:   owner     = "jane"
#:   approver  = "jo"
#:   reason    = "is replaced in March"
#:   expires   = "2027-03-31"
#: }

# Settings of the gate. These are the defaults.
gate {
  unknown           = "warn"
  rego              = "policies" # conftest's conventions: deny, violation, warn
  namespaces        = []         # packages of Rego; every one when empty
  rego_milliseconds = 5000
  baseline          = "tollgate.baseline.json"
  expiring_days     = 14
}

# Where advice is looked for, and from where on something is worth it. These are the defaults.
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
  without          = [] # kinds of advice that nobody wants
  max_calls        = 5000
  max_metrics      = 50000 # USD 0.01 a thousand
  ask_aws          = true  # Compute Optimizer and Cost Optimization Hub, where they are enabled
}

# What may be changed at all, how fast, and what stops it. Nothing is changed in an account that is not named.
remediation {
  accounts           = []
  max_steps          = 25
  max_share_percent  = 25   # of the resources of a type in an account and region, by plans of a day
  max_money_a_day    = 5000 # what plans of a day may change a month
  max_unpriced_a_day = 25   # steps of plans of a day whose money is not known
  deny_tags          = ["tollgate:keep"]
  production         = ["environment=production", "environment=prod", "env=production", "env=prod"]
  wait_days          = 7 # between the mark on what is to be deleted and the deletion
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
