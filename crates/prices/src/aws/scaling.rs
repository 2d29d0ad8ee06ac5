//! Targets of application autoscaling: the limits between which a resource grows and shrinks.

use crate::prelude::*;

/// Returns the limits of a dimension of a resource, if a target of the plan has them: `kafka:broker-storage:VolumeSize`.
pub(super) fn limits(r: &EstimateInput<'_>, dimension: &str) -> Option<(Quantity, Quantity)> {
    let targets = r.referring("resource_id", "aws_appautoscaling_target");
    let of = |target: &crate::resource::Attributes| {
        let is_of = target.text("scalable_dimension").optional().ok().flatten().as_deref() == Some(dimension);
        let bound = |field: &str| target.number(field).optional().ok().flatten();
        is_of.then(|| Some((bound("min_capacity")?, bound("max_capacity")?)))?
    };
    targets.iter().find_map(of)
}

/// Returns a number between the limits of a dimension; the number itself without a target.
pub(super) fn scaled(r: &EstimateInput<'_>, dimension: &str, number: Quantity) -> Span<Quantity> {
    match limits(r, dimension) {
        Some((least, most)) => Span::between(least, number.clamp(least.min(most), most.max(least)), most),
        None => Span::exactly(number),
    }
}
