//! A plan without Terraform: what a configuration would create in an empty state, evaluated from its sources.
//!
//! The result is a document in the format of `terraform show -json`, so that everything that reads plans reads it. Every managed resource
//! is created. A value that only Terraform, a provider or a data source knows is unknown, as in a plan. A resource whose number of
//! instances is unknown is deferred.

mod block;
mod configuration;
pub(crate) mod instances;
mod marks;
mod modules;

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use tollgate_expression::Value;

use crate::scope::Evaluation as Names;
use crate::source::{SourceLocation, Sources};
use modules::Walk;

/// The version of the format that the document has.
const FORMAT: &str = "1.2";

/// What an evaluation starts from, besides the sources.
#[derive(Clone, Debug)]
pub struct Evaluation {
    /// Values of the root's variables. A variable without a value has its default.
    pub variables: BTreeMap<String, Value>,
    /// The workspace: `terraform.workspace`.
    pub workspace: String,
}

impl Default for Evaluation {
    fn default() -> Self {
        Self { variables: BTreeMap::new(), workspace: "default".to_owned() }
    }
}

/// Something that a plan would know and the sources alone do not say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnknownInput {
    /// What it is: `var.size`, `data.aws_ami.base.id`, `module.vpc`.
    pub name: String,
    /// The first place that needs it.
    pub place: Option<SourceLocation>,
    /// The number of arguments that need it.
    pub uses: usize,
}

/// A plan that was evaluated from sources.
#[derive(Debug)]
pub struct EvaluatedPlan {
    /// The document, in the format of `terraform show -json`.
    pub document: Json,
    /// What is unknown without Terraform, by name.
    pub unknown: Vec<UnknownInput>,
    /// The number of resources that would be created.
    pub resources: usize,
}

impl Evaluation {
    /// Evaluates sources.
    ///
    /// # Errors
    ///
    /// When the configuration would create more instances than the limit `gate-instances`.
    pub fn run(&self, sources: &Sources) -> Result<EvaluatedPlan, String> {
        let names = Names::new(&self.workspace);
        let mut walk = Walk::new(sources, &self.variables, &names);
        walk.module(&[])?;
        let variables: BTreeMap<&String, Json> =
            walk.variables().iter().map(|(name, value)| (name, json!({ "value": marks::of(value).after }))).collect();
        let document = json!({
            "format_version": FORMAT,
            "terraform_version": "",
            "variables": variables,
            "resource_changes": walk.changes,
            "deferred_changes": walk.deferred,
            "configuration": configuration::of(sources, &walk),
        });
        Ok(EvaluatedPlan { document, resources: walk.changes.len(), unknown: walk.unknown() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PlanText, TerraformPlan};

    /// Evaluates files, and returns the document and what is unknown.
    fn evaluated(files: &[(&str, &str)], variables: &[(&str, &str)]) -> EvaluatedPlan {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let sources = Sources::read(folder.path());
        assert!(sources.errors.is_empty(), "{:?}", sources.errors);
        let variables = variables.iter().map(|(n, v)| ((*n).to_owned(), crate::read_variable(v))).collect();
        Evaluation { variables, ..Evaluation::default() }.run(&sources).unwrap()
    }

    fn change<'d>(plan: &'d EvaluatedPlan, address: &str) -> &'d Json {
        let all = plan.document["resource_changes"].as_array().unwrap();
        let found = all.iter().find(|c| c["address"] == address);
        found.unwrap_or_else(|| {
            panic!("{address} is not in {:?}", all.iter().map(|c| c["address"].to_string()).collect::<Vec<_>>())
        })
    }

    #[test]
    fn instances_modules_and_blocks_are_those_of_a_plan() {
        let root = r#"
            terraform {
              required_providers { aws = { source = "hashicorp/aws", version = "~> 5.0" } }
            }
            provider "aws" {
              region = var.region
              default_tags { tags = { team = "web" } }
            }
            provider "aws" {
              alias  = "west"
              region = "us-west-2"
            }
            variable "region" { default = "eu-central-1" }
            variable "sizes" {
              type = map(object({ type = string, disk = optional(number, 20) }))
            }
            variable "secret" {
              sensitive = true
              default   = "hunter2"
            }
            locals { name = "${terraform.workspace}-shop" }
            module "web" {
              source    = "./web"
              for_each  = var.sizes
              name      = "${local.name}-${each.key}"
              size      = each.value
              providers = { aws = aws.west }
            }
            resource "aws_sqs_queue" "q" {
              count = 2
              name  = "${local.name}-${count.index}"
            }
            resource "aws_instance" "one" {
              ami           = data.aws_ami.base.id
              instance_type = "t3.micro"
              user_data     = var.secret
              root_block_device { volume_size = 8 }
              dynamic "ebs_block_device" {
                for_each = { sdf = 100, sdg = 200 }
                iterator = disk
                content {
                  device_name = disk.key
                  volume_size = disk.value
                }
              }
              lifecycle { ignore_changes = [ami] }
              timeouts { create = "5m" }
            }
            resource "aws_instance" "none" {
              count         = 0
              instance_type = "t3.large"
            }
            data "aws_ami" "base" { most_recent = true }
        "#;
        let web = r#"
            variable "name" {}
            variable "size" {}
            resource "aws_instance" "this" {
              instance_type = var.size.type
              tags          = { Name = upper(var.name), Disk = var.size.disk }
              subnet_id     = aws_subnet.a.id
              availability_zone = aws_subnet.a.availability_zone
            }
            resource "aws_subnet" "a" { availability_zone = "us-west-2a" }
            output "id" { value = aws_instance.this.id }
        "#;
        let sizes = r#"{ eu = { type = "m5.large" }, us = { type = "m5.xlarge", disk = 50 } }"#;
        let plan = evaluated(&[("main.tf", root), ("web/main.tf", web)], &[("sizes", sizes)]);
        let us = change(&plan, "module.web[\"us\"].aws_instance.this");
        assert_eq!(us["change"]["after"]["instance_type"], "m5.xlarge");
        assert_eq!(us["change"]["after"]["tags"], json!({ "Name": "DEFAULT-SHOP-US", "Disk": "50" }));
        assert_eq!(us["change"]["after"]["availability_zone"], "us-west-2a");
        assert_eq!(us["change"]["after_unknown"]["subnet_id"], true);
        assert_eq!(us["module_address"], "module.web[\"us\"]");
        let eu = change(&plan, "module.web[\"eu\"].aws_instance.this");
        assert_eq!(eu["change"]["after"]["tags"]["Disk"], "20");
        assert_eq!(change(&plan, "aws_sqs_queue.q[1]")["change"]["after"]["name"], "default-shop-1");
        assert_eq!(change(&plan, "aws_sqs_queue.q[1]")["index"], 1);
        let one = &change(&plan, "aws_instance.one")["change"];
        assert_eq!(one["after"]["root_block_device"], json!([{ "volume_size": 8 }]));
        let disks = json!([{ "device_name": "sdf", "volume_size": 100 }, { "device_name": "sdg", "volume_size": 200 }]);
        assert_eq!(one["after"]["ebs_block_device"], disks);
        assert_eq!((&one["after_unknown"]["ami"], &one["after_sensitive"]["user_data"]), (&json!(true), &json!(true)));
        assert_eq!(one["after"]["timeouts"], json!({ "create": "5m" }));
        assert!(one["after"].get("lifecycle").is_none());
        assert_eq!(plan.resources, 7);
        let unknown: Vec<&str> = plan.unknown.iter().map(|u| u.name.as_str()).collect();
        assert_eq!(unknown, ["data.aws_ami.base.id"]);
        // The document is a plan.
        let text = PlanText::read(plan.document.to_string().into_bytes()).unwrap();
        let read = TerraformPlan::read(&text).unwrap();
        assert_eq!(read.changes.len(), 7);
        assert_eq!(read.providers()["aws"].own_name, "aws");
        assert_eq!(read.providers()["aws.west"].alias.as_deref(), Some("west"));
        assert!(!plan.document.to_string().contains("hunter2") || one["after"]["user_data"] == "hunter2");
    }

    #[test]
    fn what_is_unknown_is_named_with_its_place_and_never_a_guess() {
        let root = r#"
            variable "size" {}
            variable "names" {}
            resource "aws_instance" "a" { instance_type = var.size }
            resource "aws_instance" "b" {
              for_each      = toset(var.names)
              instance_type = "t3.nano"
              tags          = { Name = each.key, team = "x" }
            }
            module "vpc" {
              source = "terraform-aws-modules/vpc/aws"
            }
            resource "aws_subnet" "s" { vpc_id = module.vpc.vpc_id }
            resource "aws_lb" "l" {
              dynamic "access_logs" {
                for_each = var.names
                content { bucket = access_logs.value }
              }
              tags = merge(var.names, { team = "a", id = aws_subnet.s.id })
            }
        "#;
        let plan = evaluated(&[("main.tf", root)], &[]);
        let shown: Vec<String> = plan
            .unknown
            .iter()
            .map(|u| format!("{} line {} uses {}", u.name, u.place.as_ref().map_or(0, |p| p.line), u.uses))
            .collect();
        assert_eq!(
            shown,
            [
                "module.vpc line 10 uses 1",
                "module.vpc.vpc_id line 13 uses 1",
                "var.names line 6 uses 3",
                "var.size line 4 uses 1"
            ]
        );
        assert_eq!(change(&plan, "aws_instance.a")["change"]["after_unknown"]["instance_type"], true);
        assert_eq!(change(&plan, "aws_lb.l")["change"]["after_unknown"]["access_logs"], true);
        // Which tags are set is unknown, so all of them are.
        assert_eq!(change(&plan, "aws_lb.l")["change"]["after_unknown"]["tags"], true);
        let deferred = &plan.document["deferred_changes"][0];
        assert_eq!(deferred["reason"], "instance_count_unknown");
        assert_eq!(deferred["resource_change"]["address"], "aws_instance.b[*]");
        assert_eq!(deferred["resource_change"]["change"]["after"]["instance_type"], "t3.nano");
        assert_eq!(plan.resources, 3);
    }

    #[test]
    fn the_number_of_instances_of_another_resource_is_known() {
        let root = r#"
            resource "aws_subnet" "s" {
              count      = 2
              cidr_block = cidrsubnet("10.0.0.0/16", 8, count.index)
            }
            resource "aws_eip" "e" { count = length(aws_subnet.s) }
            resource "aws_nat_gateway" "n" {
              for_each  = { for at, subnet in aws_subnet.s : subnet.cidr_block => subnet.id }
              subnet_id = each.value
            }
            resource "aws_route" "r" {
              for_each = aws_nat_gateway.n
              nat      = each.value.id
            }
        "#;
        let plan = evaluated(&[("main.tf", root)], &[]);
        let all = plan.document["resource_changes"].as_array().unwrap();
        let addresses: Vec<&str> = all.iter().filter_map(|c| c["address"].as_str()).collect();
        assert_eq!(
            addresses,
            [
                "aws_subnet.s[0]",
                "aws_subnet.s[1]",
                "aws_eip.e[0]",
                "aws_eip.e[1]",
                "aws_nat_gateway.n[\"10.0.0.0/24\"]",
                "aws_nat_gateway.n[\"10.0.1.0/24\"]",
                "aws_route.r[\"10.0.0.0/24\"]",
                "aws_route.r[\"10.0.1.0/24\"]"
            ]
        );
        assert_eq!((plan.unknown.len(), plan.document["deferred_changes"].as_array().unwrap().len()), (0, 0));
    }

    #[test]
    fn values_that_grow_or_go_in_circles_are_unknown() {
        let doubled = |name: &str, first: &str, next: &dyn Fn(usize) -> String| {
            let rest: String = (1..40).map(|n| format!("  {name}{n} = {}\n", next(n - 1))).collect();
            format!("locals {{\n  {name}0 = {first}\n{rest}}}\n")
        };
        let texts = doubled("t", "\"aaaaaaaaaa\"", &|n| format!("\"${{local.t{n}}}${{local.t{n}}}\""));
        let lists = doubled("l", "[\"a\"]", &|n| format!("concat(local.l{n}, local.l{n})"));
        let root = "resource \"aws_a\" \"x\" {\n  a = local.t39\n  b = length(local.l39)\n  c = local.c\n  d = [aws_a.x, aws_a.y]\n}\nresource \"aws_a\" \"y\" {\n  e = [aws_a.x, aws_a.x, aws_a.y]\n}\nlocals { c = [local.c, local.c] }\n";
        let plan = evaluated(&[("main.tf", &format!("{texts}{lists}{root}"))], &[]);
        let unknown = &change(&plan, "aws_a.x")["change"]["after_unknown"];
        assert_eq!((&unknown["a"], &unknown["b"]), (&json!(true), &json!(true)), "{unknown}");
        assert!(plan.unknown.iter().any(|u| u.name == "a value that refers to itself"), "{:?}", plan.unknown);
    }

    #[test]
    fn a_configuration_that_multiplies_is_stopped_at_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let text = "resource \"aws_sqs_queue\" \"q\" {\n  count = 99999999\n}\n";
        std::fs::write(folder.path().join("main.tf"), text).unwrap();
        let refused = Evaluation::default().run(&Sources::read(folder.path())).unwrap_err();
        assert!(refused.contains("main.tf:1:1") && refused.contains("gate-instances"), "{refused}");
    }
}
