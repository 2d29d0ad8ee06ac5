//! The instances of a resource with `count` or `for_each`, and which of them a reference points to.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use tollgate_terraform::{Address, InstanceKey, ModuleStep};

/// The instances of one address without keys, in the plan's order.
///
/// They are indexed: when each of 5,000 instances refers to another resource with 5,000, all pairs would be compared.
#[derive(Default)]
pub(crate) struct Instances {
    all: Vec<Instance>,
    /// The positions of `all` by the text of the key, which is empty without one.
    by_key: HashMap<String, Vec<usize>>,
    /// The first instances, by the number of modules on the way that are compared.
    first: RefCell<HashMap<usize, Rc<FirstInstances>>>,
}

struct Instance {
    address: Address,
    /// The position of the change in the plan.
    change: usize,
}

/// The position of the first instance with these keys of modules, and of the first that also has this key of its own.
#[derive(Default)]
struct FirstInstances {
    by_modules: HashMap<String, usize>,
    by_modules_and_key: HashMap<(String, String), usize>,
}

impl Instances {
    /// Adds an instance: its address, and the position of its change in the plan.
    pub(crate) fn push(&mut self, address: Address, change: usize) {
        self.by_key.entry(text(address.key.as_ref())).or_default().push(self.all.len());
        self.all.push(Instance { address, change });
    }

    /// Returns the position of the change that a reference from `own` points to: the instance with the key in the reference, with
    /// the key of the resource that refers to it, or the first.
    pub(crate) fn nearest(&self, own: &Address, explicit: Option<&str>) -> Option<usize> {
        let candidates = self.candidates(own, explicit);
        self.best(own, explicit, candidates.into_iter())
    }

    fn best(&self, own: &Address, explicit: Option<&str>, among: impl Iterator<Item = usize>) -> Option<usize> {
        let mut best: Option<(i32, &Instance)> = None;
        for instance in among.filter_map(|at| self.all.get(at)) {
            let score = score(own, explicit, &instance.address);
            if best.is_none_or(|(most, _)| score > most) {
                best = Some((score, instance));
            }
        }
        best.map(|(_, instance)| instance.change)
    }

    /// Returns instances in order. The first with the highest score of all is among them.
    fn candidates(&self, own: &Address, explicit: Option<&str>) -> BTreeSet<usize> {
        let first = match self.all.as_slice() {
            [] => return BTreeSet::new(),
            [_] => return BTreeSet::from([0]),
            [first, ..] => first,
        };
        // All have the same modules, with different keys.
        let shared = shared_modules(own, &first.address).count();
        let modules = module_keys(own, shared);
        let by = self.first_of(shared);
        let of_modules = own.modules.iter().filter_map(|m| m.key.as_ref()).map(|key| text(Some(key)));
        let keys: BTreeSet<String> =
            of_modules.chain([text(own.key.as_ref())]).chain(explicit.map(str::to_owned)).collect();
        let mut out = BTreeSet::new();
        for key in keys {
            let Some(same) = self.by_key.get(&key) else { continue };
            match by.by_modules_and_key.get(&(modules.clone(), key)) {
                Some(at) => out.extend([*at]),
                None => out.extend(same),
            }
        }
        match by.by_modules.get(&modules) {
            Some(at) => out.extend([*at]),
            None => out.extend(0..self.all.len()),
        }
        out
    }

    fn first_of(&self, modules: usize) -> Rc<FirstInstances> {
        let mut first = self.first.borrow_mut();
        let index = first.entry(modules).or_insert_with(|| {
            let mut index = FirstInstances::default();
            for (at, instance) in self.all.iter().enumerate() {
                let (modules, key) = (module_keys(&instance.address, modules), text(instance.address.key.as_ref()));
                index.by_modules.entry(modules.clone()).or_insert(at);
                index.by_modules_and_key.entry((modules, key)).or_insert(at);
            }
            Rc::new(index)
        });
        Rc::clone(index)
    }
}

/// How well an instance fits a reference of `own`.
fn score(own: &Address, explicit: Option<&str>, is: &Address) -> i32 {
    let shared = shared_modules(own, is).map(|(a, b)| if a.key == b.key { 1 } else { -1 });
    let key = match &is.key {
        Some(key) if explicit == Some(key.to_string().as_str()) => 100,
        key if *key == own.key => 20,
        Some(key) if own.modules.iter().any(|m| m.key.as_ref() == Some(key)) => 10,
        _ => 0,
    };
    shared.sum::<i32>() + key
}

/// Returns the modules that two addresses have in common, from the root.
fn shared_modules<'a>(a: &'a Address, b: &'a Address) -> impl Iterator<Item = (&'a ModuleStep, &'a ModuleStep)> {
    a.modules.iter().zip(&b.modules).take_while(|(a, b)| a.name == b.name)
}

fn text(key: Option<&InstanceKey>) -> String {
    key.map(ToString::to_string).unwrap_or_default()
}

/// The keys of the outermost modules: `["eu"][][0]`.
fn module_keys(address: &Address, count: usize) -> String {
    let keys = address.modules.iter().take(count).map(|module| module.key.as_ref());
    keys.map(|key| key.map_or_else(|| "[]".to_owned(), ToString::to_string)).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_index_finds_what_comparing_all_finds(
            targets in prop::collection::vec(("(\\[0\\]|\\[1\\]|\\[\"a\"\\]|)", "(\\[0\\]|\\[1\\]|)", "(\\[0\\]|\\[1\\]|\\[\"a\"\\]|)"), 1..12),
            own in ("(module\\.m(\\[0\\]|\\[1\\]|\\[\"a\"\\]|)\\.|)", "(module\\.[no](\\[0\\]|\\[1\\]|)\\.|)", "(\\[0\\]|\\[1\\]|\\[\"a\"\\]|)"),
            explicit in prop::option::of("(\\[0\\]|\\[1\\]|\\[\"a\"\\]|\\[\"b\"\\])"),
        ) {
            let mut instances = Instances::default();
            for (change, (outer, inner, key)) in targets.iter().enumerate() {
                instances.push(Address::parse(&format!("module.m{outer}.module.n{inner}.aws_vpc.v{key}")).unwrap(), change);
            }
            let own = Address::parse(&format!("{}{}aws_subnet.s{}", own.0, own.1, own.2)).unwrap();
            let explicit = explicit.as_deref();
            let all = instances.best(&own, explicit, 0..targets.len());
            prop_assert_eq!(instances.nearest(&own, explicit), all);
        }
    }
}
