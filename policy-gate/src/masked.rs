//! Masks the sensitive values of a plan before Rego policies read it.

use serde_json::Value as Json;
use tollgate_expression::SENSITIVE;

/// Masks what a plan marks as sensitive, in changes, states, outputs and variables.
pub(crate) fn mask(plan: &mut Json) {
    let sensitive_variables: Vec<String> = plan
        .pointer("/configuration/root_module/variables")
        .and_then(Json::as_object)
        .map(|all| {
            let marked = |v: &Json| v.get("sensitive") == Some(&Json::Bool(true));
            all.iter().filter(|(_, v)| marked(v)).map(|(name, _)| name.clone()).collect()
        })
        .unwrap_or_default();
    for name in sensitive_variables {
        if let Some(value) = plan.get_mut("variables").and_then(|v| v.get_mut(&name)).and_then(|v| v.get_mut("value")) {
            hide(value);
        }
        // A default of a sensitive variable stands in the configuration.
        let default = plan.pointer_mut("/configuration/root_module/variables").and_then(|v| v.get_mut(&name));
        if let Some(default) = default.and_then(|v| v.get_mut("default")) {
            hide(default);
        }
    }
    walk(plan);
}

fn walk(json: &mut Json) {
    match json {
        Json::Object(map) => {
            for (value, mark) in
                [("before", "before_sensitive"), ("after", "after_sensitive"), ("values", "sensitive_values")]
            {
                let Some(mark) = map.get(mark).cloned() else { continue };
                if let Some(value) = map.get_mut(value) {
                    apply(value, &mark);
                }
            }
            if map.get("sensitive") == Some(&Json::Bool(true))
                && let Some(value) = map.get_mut("value")
            {
                hide(value);
            }
            map.values_mut().for_each(walk);
        }
        Json::Array(items) => items.iter_mut().for_each(walk),
        _ => {}
    }
}

fn apply(value: &mut Json, mark: &Json) {
    match mark {
        Json::Bool(true) => hide(value),
        Json::Object(marks) => {
            for (key, mark) in marks {
                if let Some(value) = value.get_mut(key) {
                    apply(value, mark);
                }
            }
        }
        Json::Array(marks) => {
            for (index, mark) in marks.iter().enumerate() {
                if let Some(value) = value.get_mut(index) {
                    apply(value, mark);
                }
            }
        }
        _ => {}
    }
}

fn hide(value: &mut Json) {
    if !value.is_null() {
        *value = Json::String(SENSITIVE.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_masked_wherever_it_stands() {
        let mut plan = serde_json::json!({
            "variables": {"password": {"value": "s3cret"}, "name": {"value": "web"}},
            "configuration": {"root_module": {"variables": {"password": {"sensitive": true, "default": "s3cret"}}}},
            "resource_changes": [{"change": {
                "before": {"a": "s3cret"}, "before_sensitive": {"a": true},
                "after": {"list": [{"b": "s3cret", "c": "kept"}]}, "after_sensitive": {"list": [{"b": true}]}}}],
            "planned_values": {"root_module": {"resources": [{"values": {"a": "s3cret"}, "sensitive_values": {"a": true}}]},
                "outputs": {"o": {"sensitive": true, "value": {"deep": "s3cret"}}}},
            "output_changes": {"o": {"after": "s3cret", "after_sensitive": true}},
        });
        mask(&mut plan);
        let text = plan.to_string();
        assert!(!text.contains("s3cret"), "{text}");
        assert!(text.contains("kept") && text.contains("web"));
    }
}
