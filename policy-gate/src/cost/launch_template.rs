//! Groups and instances that start from the newest or the default version of a launch template: they change with the template.

use tollgate_expression::Value;
use tollgate_prices::RelatedResources;

use crate::resource::Resource;

/// The blocks that name a launch template, each with its attributes of the id and the name.
const BLOCKS: [(&str, [&str; 2]); 2] = [
    ("launch_template", ["id", "name"]),
    (
        "mixed_instances_policy.launch_template.launch_template_specification",
        ["launch_template_id", "launch_template_name"],
    ),
];

/// Returns whether a resource takes over what a change of its launch template sets. The default version does not move unless the
/// template says so.
pub(super) fn follows(resource: &Resource<'_>, related: &dyn RelatedResources) -> bool {
    BLOCKS.iter().any(|(path, names)| {
        let block = at(&resource.after, path);
        if block.is_null() {
            return false;
        }
        let template =
            || names.iter().find_map(|name| related.referred(&format!("{path}.{name}"), "aws_launch_template"));
        let version = block.member("version");
        match (version.as_text(), version.is_null()) {
            (Some("$Latest"), _) => true,
            // Without a version, the default one is used.
            (Some("$Default" | ""), _) | (None, true) => template().is_some_and(|template| {
                matches!(template.member("update_default_version"), Value::Bool(true))
                    || !template.member("default_version").is_null()
            }),
            _ => false,
        }
    })
}

fn at(value: &Value, path: &str) -> Value {
    path.split('.').fold(value.clone(), |value, step| {
        let inner = value.member(step);
        match inner.as_list() {
            Some([only]) => only.clone(),
            _ => inner,
        }
    })
}
