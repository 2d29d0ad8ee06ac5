//! Finds the region of a resource: its own attributes, its zone, its ARN, what it belongs to, or its provider's configuration.

use tollgate_expression::{UnknownReason, Value};
use tollgate_terraform::{ConfiguredExpression, ConfiguredProvider, InstanceKey, ModuleScope};

use crate::provider::{ProviderConfiguration, attribute, configured, plain_attribute, source_block};
use crate::resource::Resource;

/// The longest chain of resources without a location of their own.
const DEPTH: usize = 4;

/// Returns the region or location of a resource: its own, or that of its provider.
pub(crate) fn region(resource: &Resource<'_>) -> Value {
    region_at(resource, 0)
}

fn region_at(resource: &Resource<'_>, depth: usize) -> Value {
    let is_aws = matches!(resource.provider(), "aws" | "awscc");
    // `location` of an AWS resource is a building or a path: `EqDC2` of `aws_dx_connection`.
    let names: &[&str] = if is_aws { &["region"] } else { &["region", "location"] };
    for name in names {
        let value = resource.after.member(name);
        match value.as_text() {
            Some(text) if !text.is_empty() => return Value::text(google_region(resource, text)),
            // Since version 6 of the AWS provider, `region` is an argument of every resource.
            _ if value.unknown().is_some() && is_written(resource, name) => return value,
            _ => {}
        }
    }
    for name in ["availability_zone", "zone"] {
        let zone = resource.after.member(name);
        if let Some(region) = zone.as_text().and_then(|zone| region_of_zone(zone, is_aws)) {
            return Value::text(region);
        }
    }
    if is_aws {
        if let Some(region) = region_of_arn(&resource.after) {
            return Value::text(region);
        }
        let region = of_provider(resource);
        // An existing resource stays where it is, unless the provider's configuration says otherwise.
        let was = if region.as_text().is_none() { region_of_arn(&resource.before) } else { None };
        return was.map_or(region, Value::text);
    }
    let parents = if resource.provider() == "azurerm" && depth < DEPTH { of_parents(resource, depth) } else { None };
    parents.map_or_else(|| of_provider(resource), Value::text)
}

/// Returns the name under which prices list a local or Wavelength zone, which has prices of its own: `us-west-2-lax-1`.
pub(crate) fn price_region(resource: &Resource<'_>) -> Option<String> {
    if resource.provider() != "aws" {
        return None;
    }
    let zone = resource.after.member("availability_zone");
    let zone = zone.as_text()?;
    let group = zone.strip_suffix(|c: char| c.is_ascii_lowercase()).unwrap_or(zone);
    (region_of_zone(zone, true)? != group).then(|| group.to_owned())
}

/// Returns whether the configuration sets an attribute.
fn is_written(resource: &Resource<'_>, name: &str) -> bool {
    match resource.expressions().get(name) {
        Some(ConfiguredExpression::Constant(value)) => !value.is_null(),
        Some(_) => true,
        None => false,
    }
}

/// The location of a zonal Google resource is a zone: `europe-west1-b`.
fn google_region<'t>(resource: &Resource<'_>, location: &'t str) -> &'t str {
    if !matches!(resource.provider(), "google" | "google-beta") {
        return location;
    }
    let location = last_part(location);
    match location.rsplit_once('-') {
        Some((region, zone)) if zone.len() == 1 && is_google_region(region) => region,
        _ => location,
    }
}

/// Returns the name at the end of the link to a Google resource: `us-central1-a` of `projects/p/zones/us-central1-a`.
fn last_part(link: &str) -> &str {
    link.rsplit('/').find(|part| !part.is_empty()).unwrap_or(link)
}

/// Returns the region of a zone: `eu-west-1` of `eu-west-1a`, of the local zone `us-west-2-lax-1a` and of the Wavelength zone
/// `us-east-1-wl1-bos-wlz-1`; `europe-west1` of `europe-west1-b`.
fn region_of_zone(zone: &str, is_aws: bool) -> Option<&str> {
    if !is_aws {
        let zone = last_part(zone);
        return zone.rsplit_once('-').map(|(region, _)| region).filter(|region| is_google_region(region));
    }
    let mut at = 0;
    for part in zone.split('-') {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        if digits > 0 {
            return zone.get(..at + digits).filter(|region| is_aws_region(region));
        }
        at += part.len() + 1;
    }
    None
}

/// `eu-west-1`, `us-gov-east-1`, `us-isob-east-1`.
fn is_aws_region(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let Some((number, names)) = parts.split_last() else { return false };
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    let is_name = |part: &&str| part.len() >= 2 && part.bytes().all(|b| b.is_ascii_lowercase());
    is_number && matches!(names.len(), 2 | 3) && names.iter().all(is_name)
}

/// `europe-west1`, `northamerica-northeast1`.
fn is_google_region(text: &str) -> bool {
    let Some((continent, place)) = text.split_once('-') else { return false };
    let letters = place.bytes().take_while(u8::is_ascii_lowercase).count();
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    !continent.is_empty()
        && continent.bytes().all(|b| b.is_ascii_lowercase())
        && letters > 0
        && place.get(letters..).is_some_and(is_number)
}

/// Returns the region in the ARN of a resource.
fn region_of_arn(attributes: &Value) -> Option<String> {
    let arn = attributes.member("arn");
    let region = arn.as_text()?.split(':').nth(3)?;
    is_aws_region(region).then(|| region.to_owned())
}

/// Returns the location of the Azure resources that a resource refers to, if they agree. A node pool has no location; its cluster
/// and its resource group have one.
fn of_parents(resource: &Resource<'_>, depth: usize) -> Option<String> {
    let plan = resource.context.plan;
    let modules = resource.address.as_ref().map_or(&[][..], |a| &a.modules);
    let mut found: Option<String> = None;
    for expression in resource.expressions().values() {
        let ConfiguredExpression::References(names) = expression else { continue };
        for reference in plan.follow(modules, names) {
            if !reference.text.starts_with("azurerm_") {
                continue;
            }
            let Some(change) = resource.context.referred(resource, &reference) else { continue };
            let parent = Resource::read(resource.context, change);
            let region = region_at(&parent, depth + 1);
            let Some(location) = region.as_text() else { continue };
            match &found {
                Some(other) if other != location => return None,
                _ => found = Some(location.to_owned()),
            }
        }
    }
    found
}

/// Returns the region of the provider's configuration.
fn of_provider(resource: &Resource<'_>) -> Value {
    let unknown = || Value::Unknown(UnknownReason::new("the provider's region"));
    let ProviderConfiguration::Found(_, provider) = configured(resource) else { return unknown() };
    // A variable of the plan comes before the sources, which may be those of another plan.
    let has_form = |text: &str| is_aws_region(text) || is_google_region(last_part(text));
    if let Some(region) = plain_attribute(resource.context, provider, "region", &has_form) {
        return Value::text(last_part(&region));
    }
    let value = attribute(resource.context, provider, "region");
    if let Some(region) = value.as_text() {
        return if region.contains('/') { Value::text(last_part(region)) } else { value };
    }
    match of_provider_instance(resource, provider).filter(|region| has_form(region)) {
        Some(region) => Value::text(region),
        None if value.is_null() => zone_of_provider(resource).unwrap_or_else(unknown),
        None => value,
    }
}

/// Returns the region of an instance of a provider with `for_each`, which OpenTofu has: `provider = aws.by_region[each.key]`. Plans
/// contain neither the instances nor which one a resource uses; the sources do.
fn of_provider_instance(resource: &Resource<'_>, provider: &ConfiguredProvider) -> Option<String> {
    let context = resource.context;
    let block = source_block(context, provider)?;
    let for_each = block.attribute("for_each")?.node;
    let used = resource.block?.attribute("provider")?.node.to_string();
    let index = used.trim().split_once('[')?.1.strip_suffix(']')?.trim().to_owned();
    let key = match (index.strip_prefix('"').and_then(|text| text.strip_suffix('"')), &resource.address.as_ref()?.key) {
        (Some(literal), _) => literal.to_owned(),
        (None, Some(InstanceKey::Text(key))) if matches!(index.as_str(), "each.key" | "each.value") => key.clone(),
        _ => return None,
    };
    let modules = crate::provider::modules(provider);
    let scope = ModuleScope::of_instance(context.sources?, &context.plan.variables, &modules, &key, for_each);
    scope.evaluate(block.attribute("region")?.node).as_text().map(str::to_owned)
}

/// Returns the region of the zone that the configuration of the Google provider names.
fn zone_of_provider(resource: &Resource<'_>) -> Option<Value> {
    let ProviderConfiguration::Found(_, provider) = configured(resource) else { return None };
    let zone = attribute(resource.context, provider, "zone");
    region_of_zone(zone.as_text()?, false).map(Value::text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_lies_in_its_region() {
        for (zone, region) in [
            ("eu-west-1a", Some("eu-west-1")),
            ("us-west-2-lax-1a", Some("us-west-2")),
            ("us-east-1-wl1-bos-wlz-1", Some("us-east-1")),
            ("ap-northeast-1-wl1-nrt-wlz-1", Some("ap-northeast-1")),
            ("us-gov-west-1b", Some("us-gov-west-1")),
            ("us-isob-east-1a", Some("us-isob-east-1")),
            ("1", None),
            ("here", None),
            ("", None),
        ] {
            assert_eq!(region_of_zone(zone, true), region, "{zone}");
        }
        assert_eq!(region_of_zone("europe-west1-b", false), Some("europe-west1"));
        assert_eq!(region_of_zone("us-central1-ai1a", false), Some("us-central1"));
        assert_eq!(region_of_zone("projects/p/zones/europe-west1-b", false), Some("europe-west1"));
        assert_eq!(region_of_zone("https://example.org/projects/p/zones/us-east4-a/", false), Some("us-east4"));
        assert_eq!(region_of_zone("1", false), None);
        assert_eq!(region_of_zone("/", false), None);
    }
}
