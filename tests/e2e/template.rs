//! infra/template.yaml: permissions, settings, triggers and limits.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use tollgate_model::focus::ColumnType;
use tollgate_model::{Column, LaterColumn};
use tollgate_wiring::metrics::{MONEY, Metric, Sent};
use tollgate_wiring::settings::SETTINGS;
use yaml_serde::Value;

/// The functions of the template, by their resources' names.
pub(crate) const FUNCTIONS: [&str; 7] = ["Ingest", "Detect", "Budgets", "Notify", "Slack", "Advise", "Remediate"];

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

pub(crate) struct Template(Value);

impl Template {
    pub(crate) fn read() -> Self {
        let text = std::fs::read_to_string(root().join("infra/template.yaml")).unwrap();
        Self(yaml_serde::from_str(&text).unwrap())
    }

    /// The value at a path, without the functions (`!Sub`) that stand before values on the way.
    pub(crate) fn at(&self, path: &[&str]) -> &Value {
        let mut value = &self.0;
        for key in path {
            value = plain(value).get(*key).unwrap_or_else(|| panic!("{path:?}: no {key}"));
        }
        plain(value)
    }

    pub(crate) fn text(&self, path: &[&str]) -> String {
        let value = self.at(path);
        value.as_str().map_or_else(|| yaml_serde::to_string(value).unwrap().trim().to_owned(), str::to_owned)
    }

    pub(crate) fn number(&self, path: &[&str]) -> u64 {
        self.at(path).as_u64().unwrap_or_else(|| panic!("{path:?} is no number"))
    }

    pub(crate) fn named(&self, section: &str) -> Vec<(String, &Value)> {
        let entries = self.at(&[section]).as_mapping().unwrap();
        entries.iter().map(|(name, value)| (name.as_str().unwrap().to_owned(), value)).collect()
    }

    pub(crate) fn of_type(&self, kind: &str) -> Vec<(String, &Value)> {
        self.named("Resources").into_iter().filter(|(_, r)| r["Type"].as_str() == Some(kind)).collect()
    }

    /// The resources of a type that a deployment with default parameters has: those without a condition.
    pub(crate) fn of_type_by_default(&self, kind: &str) -> Vec<(String, &Value)> {
        self.of_type(kind).into_iter().filter(|(_, resource)| resource.get("Condition").is_none()).collect()
    }

    /// What a function's own calls are allowed, without what the platform does in its name.
    pub(crate) fn allowed(&self, function: &str) -> BTreeSet<String> {
        let role = format!("{function}Role");
        let policies = self.at(&["Resources", &role, "Properties", "Policies"]).as_sequence().unwrap();
        let calls = policies.iter().find(|p| p["PolicyName"] == "calls").unwrap();
        let mut out = BTreeSet::new();
        for statement in calls["PolicyDocument"]["Statement"].as_sequence().unwrap() {
            let statement = unconditional(statement);
            assert_eq!(statement["Effect"], "Allow");
            match plain(&statement["Action"]) {
                Value::Sequence(all) => out.extend(all.iter().map(|a| a.as_str().unwrap().to_owned())),
                one => {
                    out.insert(one.as_str().unwrap().to_owned());
                }
            }
        }
        out
    }

    /// The partition keys that a function may write, as patterns with the tenant in them.
    pub(crate) fn writable(&self, function: &str, tenant: &str) -> Vec<String> {
        let role = format!("{function}Role");
        let statements = self.statements(&role);
        let write =
            statements.iter().find(|s| s["Sid"] == "WriteLedger").unwrap_or_else(|| panic!("{role} writes all"));
        let keys = write["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].as_sequence().unwrap();
        keys.iter().map(|key| plain(key).as_str().unwrap().replace("${Tenant}", tenant)).collect()
    }

    /// Every statement of a role's policies, also those behind a condition of the template.
    fn statements(&self, role: &str) -> Vec<&Value> {
        let policies = self.at(&["Resources", role, "Properties", "Policies"]).as_sequence().unwrap();
        fn of(policy: &Value) -> std::slice::Iter<'_, Value> {
            policy["PolicyDocument"]["Statement"].as_sequence().unwrap().iter()
        }
        policies.iter().flat_map(of).map(unconditional).collect()
    }

    /// Whether a role may do something to a resource: by name, in the template's own words.
    fn may(&self, role: &str, action: &str, resource: &str) -> bool {
        let fits = |pattern: &str, text: &str| {
            pattern == text || (pattern.ends_with('*') && text.starts_with(&pattern[..pattern.len() - 1]))
        };
        self.statements(role).iter().any(|statement| {
            let listed = |value: &Value| match plain(value) {
                Value::Sequence(all) => all.iter().map(|v| plain(v).as_str().unwrap().to_owned()).collect(),
                one => vec![one.as_str().unwrap().to_owned()],
            };
            statement["Effect"] == "Allow"
                && listed(&statement["Action"]).iter().any(|a| a == action)
                && listed(&statement["Resource"]).iter().any(|r| fits(r, resource))
        })
    }

    /// An event pattern as EventBridge takes it; what `!Ref` names is filled in.
    pub(crate) fn pattern(&self, function: &str, event: &str, values: &BTreeMap<&str, &str>) -> serde_json::Value {
        let path = ["Resources", function, "Properties", "Events", event, "Properties", "Pattern"];
        filled(self.at(&path), values)
    }
}

fn filled(value: &Value, values: &BTreeMap<&str, &str>) -> serde_json::Value {
    match value {
        Value::Tagged(tagged) if tagged.tag == "Ref" => values[tagged.value.as_str().unwrap()].into(),
        Value::Tagged(tagged) => filled(&tagged.value, values),
        Value::Sequence(all) => all.iter().map(|v| filled(v, values)).collect(),
        Value::Mapping(all) => all.iter().map(|(k, v)| (k.as_str().unwrap().to_owned(), filled(v, values))).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

/// A statement that stands behind a condition is `!If [condition, statement, nothing]`.
fn unconditional(statement: &Value) -> &Value {
    match plain(statement).as_sequence() {
        Some(choice) => plain(&choice[1]),
        None => plain(statement),
    }
}

pub(crate) fn plain(value: &Value) -> &Value {
    match value {
        Value::Tagged(tagged) => &tagged.value,
        other => other,
    }
}

#[test]
fn every_variable_of_a_function_is_a_setting_and_every_setting_is_a_variable() {
    let template = Template::read();
    let mut variables = BTreeSet::new();
    let mut add = |value: &Value| {
        variables.extend(value.as_mapping().unwrap().keys().map(|k| k.as_str().unwrap().to_owned()));
    };
    add(template.at(&["Globals", "Function", "Environment", "Variables"]));
    for function in FUNCTIONS {
        let properties = template.at(&["Resources", function, "Properties"]);
        if let Some(environment) = properties.get("Environment") {
            add(&environment["Variables"]);
        }
    }
    // Athena answers `tollgate sql` of the command line, no function.
    let of_functions = SETTINGS.iter().filter(|s| !s.name.starts_with("TOLLGATE_ATHENA"));
    let known: BTreeSet<String> = of_functions.map(|s| s.name.to_owned()).collect();
    assert_eq!(variables, known);
}

#[test]
fn every_parameter_states_its_default_and_every_number_its_range() {
    for (name, parameter) in Template::read().named("Parameters") {
        let about = parameter["Description"].as_str().unwrap();
        assert!(about.contains("Default ") && about.ends_with('.'), "{name}: {about}");
        assert!(parameter.get("Default").is_some(), "{name} has no default");
        if parameter["Type"] == "Number" {
            let ranged = parameter.get("AllowedValues").is_some()
                || (parameter.get("MinValue").is_some() && parameter.get("MaxValue").is_some());
            assert!(ranged && about.contains(" to "), "{name} has no range");
        }
    }
}

#[test]
fn nothing_is_public_unencrypted_or_kept_forever_by_accident() {
    let template = Template::read();
    for (name, bucket) in template.of_type("AWS::S3::Bucket") {
        let p = &bucket["Properties"];
        assert!(p.get("BucketEncryption").is_some() && p.get("LifecycleConfiguration").is_some(), "{name}");
        let blocked = p["PublicAccessBlockConfiguration"].as_mapping().unwrap();
        assert!(blocked.len() == 4 && blocked.values().all(|v| v.as_bool() == Some(true)), "{name}");
        assert_eq!(bucket["DeletionPolicy"], "Retain", "{name}");
    }
    // `!If [HasKey, …, …]`: with a key of the customer's choice, and without.
    let choice = |value: &Value| {
        let choice = plain(value).as_sequence().cloned().unwrap_or_default();
        assert_eq!(choice.first().and_then(Value::as_str), Some("HasKey"), "{value:?}");
        (plain(&choice[1]).clone(), plain(&choice[2]).clone())
    };
    for (name, queue) in template.of_type("AWS::SQS::Queue") {
        let properties = &queue["Properties"];
        assert_eq!(choice(&properties["KmsMasterKeyId"]), ("Key".into(), "AWS::NoValue".into()), "{name}");
        assert_eq!(choice(&properties["SqsManagedSseEnabled"]), ("AWS::NoValue".into(), true.into()), "{name}");
    }
    for (name, topic) in template.of_type("AWS::SNS::Topic") {
        // CloudWatch cannot publish to a topic that is encrypted by AWS's key for SNS.
        let usual = if name == "Alarms" { "AWS::NoValue" } else { "alias/aws/sns" };
        assert_eq!(choice(&topic["Properties"]["KmsMasterKeyId"]), ("Key".into(), usual.into()), "{name}");
    }
    for (name, group) in template.of_type("AWS::Logs::LogGroup") {
        assert!(group["Properties"].get("RetentionInDays").is_some(), "{name}");
    }
    let table = template.at(&["Resources", "Table", "Properties"]);
    assert_eq!(table["BillingMode"], "PAY_PER_REQUEST");
    assert_eq!(table["DeletionProtectionEnabled"], true);
    assert_eq!(table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["TimeToLiveSpecification"]["AttributeName"], "expires");
    assert_eq!(table["GlobalSecondaryIndexes"][0]["IndexName"], tollgate_ledger::dynamodb::INDEX);
    for (name, role) in template.of_type("AWS::IAM::Role") {
        let text = yaml_serde::to_string(role).unwrap();
        assert!(!text.contains(":*\"") && !text.contains("Action: '*'"), "{name} allows all of a service");
    }
}

/// Permissions of a role of infra/member-actions.yaml.
fn member(role: &str) -> BTreeSet<String> {
    let text = std::fs::read_to_string(root().join("infra/member-actions.yaml")).unwrap();
    let template = Template(yaml_serde::from_str(&text).unwrap());
    let policies = template.at(&["Resources", role, "Properties", "Policies"]).as_sequence().unwrap();
    let mut out = BTreeSet::new();
    for policy in policies.iter().map(unconditional) {
        for statement in policy["PolicyDocument"]["Statement"].as_sequence().unwrap() {
            match &statement["Action"] {
                Value::Sequence(all) => out.extend(all.iter().map(|a| a.as_str().unwrap().to_owned())),
                one => out.extend(one.as_str().map(str::to_owned)),
            }
        }
    }
    out
}

/// `advise` only reads, in every account: none of its permissions changes anything.
#[test]
fn advise_cannot_change_anything_in_any_account() {
    let looks = |permission: &String| {
        let (service, operation) = permission.split_once(':').unwrap();
        ["Describe", "List", "Get"].iter().any(|verb| operation.starts_with(verb)) && service != "secretsmanager"
    };
    let of_member = member("ReadRole");
    assert!(of_member.iter().all(looks), "{of_member:?}");
    let own = Template::read().allowed("Advise");
    let ours = |p: &&String| !p.starts_with("dynamodb:") && *p != "sts:AssumeRole";
    assert!(own.iter().filter(ours).all(looks), "{own:?}");
    let text = std::fs::read_to_string(root().join("infra/member-actions.yaml")).unwrap();
    let template = Template(yaml_serde::from_str(&text).unwrap());
    for (role, by) in [("ReadRole", "AdviseRole"), ("ChangeRole", "RemediateRole")] {
        let trust = template.text(&["Resources", role, "Properties", "AssumeRolePolicyDocument"]);
        let other = if by == "AdviseRole" { "RemediateRole" } else { "AdviseRole" };
        assert!(trust.contains(by) && !trust.contains(other), "{role} is trusted by {trust}");
    }
    // Each function assumes its own role of the two.
    for (function, suffix) in [("Advise", "/${ActionRole}"), ("Remediate", "/${ActionRole}-changes")] {
        let statements = Template::read();
        let statements = statements.statements(&format!("{function}Role"));
        let members = statements.iter().find(|s| s["Sid"] == "Members").unwrap();
        assert!(plain(&members["Resource"]).as_str().unwrap().ends_with(suffix), "{function}");
    }
}

/// Every trigger may start its function, and may send failed events to the queue.
#[test]
fn every_trigger_may_start_its_target() {
    let template = Template::read();
    let mut schedules = 0;
    for function in FUNCTIONS {
        let properties = template.at(&["Resources", function, "Properties"]);
        let name = plain(&properties["FunctionName"]).as_str().unwrap().to_owned();
        let arn = format!("arn:${{AWS::Partition}}:lambda:${{AWS::Region}}:${{AWS::AccountId}}:function:{name}");
        let role_of = |value: &Value| plain(value).as_str().unwrap().trim_end_matches(".Arn").to_owned();
        let role = role_of(&properties["Role"]);
        assert_eq!(role, format!("{function}Role"));
        let queue = |value: &Value| plain(value).as_str().unwrap().to_owned();
        // What Lambda gives up after its attempts it sends as the function's role.
        if let Some(config) = properties.get("EventInvokeConfig") {
            let dead = queue(&config["DestinationConfig"]["OnFailure"]["Destination"]);
            assert!(template.may(&role, "sqs:SendMessage", &dead), "{role} may not send to {dead}");
        }
        let events = properties.get("Events").and_then(Value::as_mapping).cloned().unwrap_or_default();
        for (event, about) in &events {
            let (event, about) = (event.as_str().unwrap(), &about["Properties"]);
            match template.text(&["Resources", function, "Properties", "Events", event, "Type"]).as_str() {
                "ScheduleV2" => {
                    schedules += 1;
                    let by = role_of(&about["RoleArn"]);
                    for target in [arn.clone(), format!("{arn}:live")] {
                        assert!(template.may(&by, "lambda:InvokeFunction", &target), "{by} may not start {target}");
                    }
                    if let Some(dead) = about.get("DeadLetterConfig") {
                        let dead = queue(&dead["Arn"]);
                        assert!(template.may(&by, "sqs:SendMessage", &dead), "{by} may not send to {dead}");
                        assert!(template.may(&by, "kms:GenerateDataKey", "Key.Arn"), "{by} may not encrypt for {dead}");
                    }
                    let trust = template.text(&["Resources", &by, "Properties", "AssumeRolePolicyDocument"]);
                    assert!(trust.contains("scheduler.amazonaws.com"), "{by}: {trust}");
                }
                "DynamoDB" => {
                    for action in ["GetRecords", "GetShardIterator", "DescribeStream", "ListStreams"] {
                        let stream = "${Table.Arn}/stream/*";
                        assert!(template.may(&role, &format!("dynamodb:{action}"), stream), "{role} may not {action}");
                    }
                    let dead = queue(&about["DestinationConfig"]["OnFailure"]["Destination"]);
                    assert!(template.may(&role, "sqs:SendMessage", &dead), "{role} may not send to {dead}");
                }
                // SAM writes the permission of a rule; what it sends to a queue, the queue's policy allows.
                "EventBridgeRule" => {
                    if let Some(dead) = about.get("DeadLetterConfig") {
                        let queue = queue(&dead["Arn"]).trim_end_matches(".Arn").to_owned();
                        let policy = template.text(&["Resources", "DeadLettersPolicy", "Properties"]);
                        assert!(policy.contains(&queue), "no rule may send to {queue}");
                    }
                }
                other => panic!("{function}.{event} is of a type that this test does not know: {other}"),
            }
        }
    }
    assert!(schedules >= 4, "{schedules}");
    // A plan that waits is woken by a schedule of its own.
    let wake =
        template.text(&["Resources", "Remediate", "Properties", "Environment", "Variables", "TOLLGATE_WAKE_FUNCTION"]);
    assert!(template.may("WakeRole", "lambda:InvokeFunction", &wake), "WakeRole may not start {wake}");
}

/// The function with a public address has its own concurrency, and no function may write another's items.
#[test]
fn functions_are_kept_apart() {
    let template = Template::read();
    for function in FUNCTIONS.into_iter().chain(["Api"]) {
        let properties = template.at(&["Resources", function, "Properties"]);
        let public = properties.get("FunctionUrlConfig").is_some();
        assert_eq!(properties.get("ReservedConcurrentExecutions").is_some(), public, "{function}");
        let keys = template.writable(function, "t");
        assert!(keys.iter().all(|key| key.starts_with("t#") && key.len() > 3), "{function} writes {keys:?}");
        assert!(
            !keys.iter().any(|key| key.starts_with("t#POLICY") || key.starts_with("t#HALT")),
            "{function} {keys:?}"
        );
        let decides = ["Slack", "Remediate", "Notify", "Api"].contains(&function);
        assert_eq!(keys.iter().any(|key| key.starts_with("t#AUDIT")), decides, "{function} writes the audit log");
        let statements = template.statements(&format!("{function}Role"));
        assert_eq!(
            statements.iter().any(|s| s["Sid"] == "AuditLogStays" && s["Effect"] == "Deny"),
            decides,
            "{function}"
        );
        for statement in statements.iter().filter(|s| s["Effect"] == "Allow" && s["Sid"] != "WriteLedger") {
            let text = yaml_serde::to_string(&statement["Action"]).unwrap();
            for write in ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "PartiQL"] {
                assert!(!text.contains(write), "{function} may {write} without a condition");
            }
        }
    }
    let remediate = template.statements("RemediateRole");
    let by_sid = |sid: &str| *remediate.iter().find(|s| s["Sid"] == sid).unwrap_or_else(|| panic!("no {sid}"));
    assert_eq!(by_sid("FunctionSize")["Condition"]["Null"]["lambda:Layer"], "true");
    assert_eq!(by_sid("InstanceType")["Condition"]["StringEquals"]["ec2:Attribute"], "InstanceType");
    let own = yaml_serde::to_string(by_sid("NotTollgateItself")).unwrap();
    for ours in ["function:tollgate-", "Lake.Arn", "Table.Arn", "log-group:/aws/lambda/tollgate-"] {
        assert!(own.contains(ours) && own.contains("Effect: Deny"), "{ours} is not denied: {own}");
    }
}

/// Without the API, nothing of it is there, so it costs nothing.
#[test]
fn the_api_is_off_by_default_and_then_not_there() {
    let template = Template::read();
    assert_eq!(template.at(&["Parameters", "JsonApi", "Default"]), "off");
    let own: Vec<String> =
        template.named("Resources").into_iter().map(|(name, _)| name).filter(|n| n.starts_with("Api")).collect();
    assert_eq!(own, ["Api", "ApiLog", "ApiRole", "ApiErrors", "ApiThrottles"]);
    for name in own {
        assert_eq!(template.at(&["Resources", &name, "Condition"]), "HasApi", "{name}");
    }
    assert_eq!(template.at(&["Outputs", "ApiUrl", "Condition"]), "HasApi");
}

/// The permissions of the two roles are those that the kinds of advice and of change declare.
#[test]
fn advise_and_remediate_may_do_what_their_kinds_need_and_nothing_else() {
    let template = Template::read();
    let set = |list: &[&str]| list.iter().map(|p| (*p).to_owned()).collect::<BTreeSet<String>>();
    let of_store = |p: &String| p.starts_with("dynamodb:") || p == "s3:GetObject";
    let allowed = |function: &str| {
        let all = template.allowed(function);
        all.into_iter().filter(|p| !of_store(p) && p != "sts:AssumeRole").collect::<BTreeSet<String>>()
    };
    let looks = set(tollgate_cloud::INVENTORY_PERMISSIONS);
    assert_eq!(allowed("Advise"), looks);
    let mut changes = set(tollgate_cloud::HEALTH_PERMISSIONS);
    // What a wake needs.
    changes.extend(set(&["scheduler:CreateSchedule", "iam:PassRole"]));
    for kind in tollgate_actions::CHANGE_KINDS {
        changes.extend(set(kind.calls));
        changes.extend(set(kind.reads));
    }
    assert_eq!(allowed("Remediate"), changes);
    assert_eq!(
        member("ChangeRole").difference(&looks).cloned().collect::<BTreeSet<_>>(),
        changes.difference(&looks).cloned().collect()
    );
    let text = std::fs::read_to_string(root().join("infra/member-actions.yaml")).unwrap();
    for permission in looks.union(&changes).filter(|p| *p != "iam:PassRole") {
        assert!(text.contains(&format!("- \"{permission}\"\n")), "infra/member-actions.yaml lacks {permission}");
    }
}

#[test]
fn athenas_table_has_the_columns_of_the_lake() {
    let path = ["Resources", "ChargesTable", "Properties", "TableInput", "StorageDescriptor", "Columns"];
    let template = Template::read();
    let there: Vec<(String, String)> = template
        .at(&path)
        .as_sequence()
        .unwrap()
        .iter()
        .map(|c| (c["Name"].as_str().unwrap().to_owned(), c["Type"].as_str().unwrap().to_owned()))
        .collect();
    let kind = |c: &Column| match c.column_type() {
        ColumnType::Text => "string".to_owned(),
        ColumnType::Amount => format!("decimal(38,{})", tollgate_model::Amount::PLACES),
        ColumnType::Quantity => format!("decimal(38,{})", tollgate_model::Quantity::PLACES),
        ColumnType::Time => "timestamp".to_owned(),
    };
    let focus = Column::ALL.iter().map(|c| (c.name().to_lowercase(), kind(c)));
    let later = LaterColumn::ALL.iter().map(|c| (c.stored_name().to_lowercase(), "string".to_owned()));
    assert_eq!(there, focus.chain(later).collect::<Vec<_>>());
}

/// From the arrival of an export to the alert, by what the template says: each step as long as it may take, and the waits
/// before each attempt where it is tried again. Sources: AWS Lambda developer guide, "Asynchronous invocation" (one minute before
/// the second attempt, two before the third); Amazon EventBridge user guide.
#[test]
fn an_alert_is_sent_within_fifteen_minutes_of_the_arrival_of_an_export() {
    let template = Template::read();
    let timeout = |f: &str| template.number(&["Resources", f, "Properties", "Timeout"]);
    let window = template.number(&[
        "Resources",
        "Notify",
        "Properties",
        "Events",
        "Outbox",
        "Properties",
        "MaximumBatchingWindowInSeconds",
    ]);
    // Measured end to end with debug builds, each function takes seconds; a tenth of its limit is allowed for here, and all of
    // it for one function at a time, that fails by its limit once and is tried again.
    let usual = |f: &str| timeout(f).div_ceil(10);
    let (event, stream, again) = (5, window + 1, 60);
    let straight =
        event + usual("Ingest") + stream + usual("Notify") + event + usual("Detect") + stream + usual("Notify");
    let worst =
        [("Detect", again), ("Notify", 0)].map(|(f, wait)| straight + timeout(f) + wait).into_iter().max().unwrap();
    println!("from an export's arrival to its alert: {straight} s, {worst} s when a function fails by its limit once");
    assert!(straight < 5 * 60, "{straight} s");
    assert!(worst < 15 * 60, "{worst} s");
}

#[test]
fn both_ways_to_make_an_export_ask_for_every_column_of_focus() {
    let module = std::fs::read_to_string(root().join("infra/data-export/main.tf")).unwrap();
    let parsed = hcl::parse(&module).unwrap();
    assert!(
        parsed.blocks().any(|b| b.identifier() == "resource" && b.labels()[0].as_str() == "aws_bcmdataexports_export")
    );
    let stack = std::fs::read_to_string(root().join("infra/data-export.yaml")).unwrap();
    for column in Column::ALL {
        for (name, text) in [("main.tf", &module), ("data-export.yaml", &stack)] {
            assert!(text.contains(&format!("{},", column.name())), "{name} lacks {}", column.name());
        }
    }
}

#[test]
fn the_reference_names_every_setting_and_metric_as_the_program_does() {
    let page = std::fs::read_to_string(root().join("docs/reference/aws.md")).unwrap();
    for setting in SETTINGS {
        let default = match setting.default {
            None => "required".to_owned(),
            Some("") => "none".to_owned(),
            Some(value) => format!("`{value}`"),
        };
        let row = format!("| `{}` | {} | {default} |", setting.name, setting.description);
        assert!(page.contains(&row), "docs/reference/aws.md lacks {row}");
    }
    for metric in Metric::ALL {
        let sent = match metric.sent() {
            Sent::Always => "always",
            Sent::NotZero => "when not zero",
            Sent::Never => "no",
        };
        let row = format!("| `{}` | {} | {sent} |", metric.name(), metric.what().trim());
        assert!(page.contains(&row), "docs/reference/aws.md lacks {row}");
    }
    assert!(page.contains(&format!("| `{MONEY}` |")));
}
