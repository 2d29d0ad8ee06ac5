//! One spelling for each provider and account, so that the same bill is recognised whichever export it came from.
//!
//! The lake keeps every name as the bill has it. Sources and comparisons use these.

/// The spellings of a provider in bills, in lower case, and the `ProviderName` that stands for all of them.
///
/// Sources: FOCUS exports of AWS (`AWS`, `Amazon Web Services`), Microsoft (`Microsoft`, `Microsoft Azure`), Google (`Google Cloud`),
/// Oracle (`Oracle`, `Oracle Cloud Infrastructure`) and Alibaba (`Alibaba Cloud`); OpenCost (`AWS`, `Azure`, `GCP`).
const SPELLINGS: &[(&str, &str)] = &[
    ("aws", "AWS"),
    ("amazon", "AWS"),
    ("amazon aws", "AWS"),
    ("amazon web services", "AWS"),
    ("amazon web services, inc.", "AWS"),
    ("amazon web services inc.", "AWS"),
    ("amazon web services (aws)", "AWS"),
    ("amazon web services emea sarl", "AWS"),
    ("azure", "Microsoft"),
    ("microsoft", "Microsoft"),
    ("microsoft azure", "Microsoft"),
    ("microsoft corporation", "Microsoft"),
    ("microsoft.azure", "Microsoft"),
    ("gcp", "Google Cloud"),
    ("google", "Google Cloud"),
    ("google cloud", "Google Cloud"),
    ("google cloud platform", "Google Cloud"),
    ("google cloud platform (gcp)", "Google Cloud"),
    ("google llc", "Google Cloud"),
    ("oci", "Oracle"),
    ("oracle", "Oracle"),
    ("oracle cloud", "Oracle"),
    ("oracle cloud infrastructure", "Oracle"),
    ("oracle cloud infrastructure (oci)", "Oracle"),
    ("alibaba", "Alibaba Cloud"),
    ("alibaba cloud", "Alibaba Cloud"),
    ("aliyun", "Alibaba Cloud"),
    ("alicloud", "Alibaba Cloud"),
    ("vultr", "Vultr"),
];

/// The one spelling of a provider; an unknown one stays as it is.
pub fn canonical_provider(name: &str) -> &str {
    let folded = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    SPELLINGS.iter().find(|(spelling, _)| *spelling == folded).map_or(name, |found| found.1)
}

/// The one spelling of a billing account. Azure writes `99999999` in cost details and the path
/// `/providers/Microsoft.Billing/billingAccounts/99999999` in FOCUS, for an MCA with the billing profile behind it; Google writes
/// `billingAccounts/0A-1B-2C` in places, and AWS shows `111122223333` as `1111-2222-3333`.
pub fn canonical_billing_account(id: &str) -> String {
    segment_after(id, "billingaccounts").or_else(|| digits_of_account(id)).unwrap_or_else(|| id.trim().to_owned())
}

/// The one spelling of a sub account: Azure writes a subscription as a UUID in cost details and as `/subscriptions/UUID` in FOCUS,
/// in either case.
pub fn canonical_sub_account(id: &str) -> String {
    segment_after(id, "subscriptions").or_else(|| digits_of_account(id)).unwrap_or_else(|| id.trim().to_lowercase())
}

/// The twelve digits of an account of AWS that is written in groups of four.
fn digits_of_account(id: &str) -> Option<String> {
    let groups: Vec<&str> = id.trim().split('-').collect();
    let is_group = |group: &&str| group.len() == 4 && group.bytes().all(|b| b.is_ascii_digit());
    (groups.len() == 3 && groups.iter().all(is_group)).then(|| groups.concat())
}

/// The segment of a path behind one of this name, in lower case.
fn segment_after(path: &str, name: &str) -> Option<String> {
    let mut segments = path.trim().split('/');
    segments.find(|segment| segment.eq_ignore_ascii_case(name))?;
    segments.next().filter(|segment| !segment.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_provider_are_one() {
        for (name, canonical) in [
            ("Amazon Web Services", "AWS"),
            ("aws", "AWS"),
            ("Amazon  Web Services, Inc.", "AWS"),
            ("Microsoft Azure", "Microsoft"),
            ("GCP", "Google Cloud"),
            ("Acme Cloud", "Acme Cloud"),
            ("", ""),
        ] {
            assert_eq!(canonical_provider(name), canonical);
        }
        let known = crate::revision::PROVIDERS.iter().map(|(name, _)| *name);
        assert!(known.into_iter().all(|name| canonical_provider(name) == name), "a source's name would change");
    }

    #[test]
    fn paths_and_bare_ids_of_azure_are_one_account() {
        let path = "/providers/Microsoft.Billing/billingAccounts/99999999";
        assert_eq!(canonical_billing_account(path), canonical_billing_account("99999999"));
        let profile = "/providers/Microsoft.Billing/billingAccounts/aa:bb_2019-05-31/billingProfiles/XY";
        assert_eq!(canonical_billing_account(profile), "aa:bb_2019-05-31");
        assert_eq!(canonical_billing_account("Acme/Prod"), "Acme/Prod");
        let id = "AAAAAAAA-0000-0000-0000-000000000001";
        assert_eq!(canonical_sub_account(&format!("/subscriptions/{id}")), canonical_sub_account(id));
    }

    #[test]
    fn an_account_of_aws_in_groups_is_its_digits() {
        assert_eq!(canonical_billing_account("1111-2222-3333"), "111122223333");
        assert_eq!(canonical_sub_account(" 1111-2222-3333 "), "111122223333");
        for other in ["1111-2222", "1111-2222-3333-4444", "1111-2222-333A", "111-12222-3333"] {
            assert_eq!(canonical_billing_account(other), other);
        }
    }
}
