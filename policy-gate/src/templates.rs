//! Policy templates, each with its tests.

/// A policy template.
pub struct Template {
    /// Its name.
    pub name: &'static str,
    /// Its text, ready to paste into `tollgate.hcl`.
    pub text: &'static str,
    /// Its tests.
    pub tests: &'static str,
}

macro_rules! template {
    ($name:literal) => {
        Template {
            name: $name,
            text: include_str!(concat!("../templates/", $name, ".hcl")),
            tests: include_str!(concat!("../templates/", $name, ".test.hcl")),
        }
    };
}

/// Every template.
pub const TEMPLATES: &[Template] = &[
    template!("finops-starter"),
    template!("cost-allocation-tags"),
    template!("environment-lifecycles"),
    template!("expensive-types"),
    template!("allowed-regions"),
];

impl Template {
    /// Its purpose: the first comment of its text.
    pub fn about(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default().trim_start_matches("# ")
    }
}
