//! EBS volumes, by type.

use crate::prelude::*;

use crate::resource::{Attributes, Field};

/// A volume.
pub(super) struct Volume {
    /// `gp3`.
    pub(super) kind: String,
    /// GB; when it is not set, the size of the image.
    pub(super) size: Estimated<Option<Quantity>>,
    /// Operations per second.
    pub(super) iops: Field<Quantity>,
    /// MiB per second.
    pub(super) throughput: Field<Quantity>,
}

/// Operations and MiB per second included with gp3 (EBS User Guide, 2026-08).
const GP3: (i64, i64) = (3000, 125);
/// The size of a root volume that is not set, in GB: most Linux images have 8, Windows images 30.
const ROOT: Span<i64> = Span { low: 8, likely: 8, high: 30 };

impl Volume {
    /// Reads a block of an instance or a template.
    pub(super) fn of(block: &Attributes, names: [&str; 4]) -> Self {
        let [kind, size, iops, throughput] = names;
        Self {
            kind: block.text(kind).known_or("gp2".to_owned()),
            size: Ok(block.number(size).optional().ok().flatten()),
            iops: block.number(iops),
            throughput: block.number(throughput),
        }
    }

    /// Adds its components.
    pub(super) fn bill(self, name: &str, bill: &mut Bill<'_>) {
        let of = |words: &str| format!("aws/ebs_volume/{words}");
        let storage = match self.kind.as_str() {
            "gp2" | "gp3" => format!("storage-general-purpose-ssd-{}", self.kind),
            "io1" | "io2" => format!("storage-provisioned-iops-ssd-{}", self.kind),
            "st1" => "storage-throughput-optimized-hdd-st1".to_owned(),
            "sc1" => "storage-cold-hdd-sc1".to_owned(),
            "standard" => "storage-magnetic".to_owned(),
            other => other.to_owned(),
        };
        let (what, sku) = (format!("{name}Storage, {}", self.kind), of(&storage));
        match self.size {
            Ok(Some(size)) => bill.fixed(&what, "GB", &sku, size),
            Ok(None) => {
                let root = Span { low: whole(ROOT.low), likely: whole(ROOT.likely), high: whole(ROOT.high) };
                bill.assumed(&what, "GB", &sku, root);
            }
            Err(why) => bill.fixed(&what, "GB", &sku, Err::<Quantity, _>(why)),
        }
        match self.kind.as_str() {
            "io1" | "io2" => {
                let iops = self.iops.required();
                // io2 has tiers; io1 has none.
                let key = if self.kind == "io2" { "provisioned-iops-io2" } else { "provisioned-iops-io" };
                bill.fixed(&format!("{name}Provisioned IOPS, {}", self.kind), "IOPS", &of(key), iops);
            }
            "gp3" => {
                let beyond = |wanted: Quantity, free: i64| whole(free).max(wanted).saturating_sub(whole(free));
                let iops = beyond(self.iops.known_or(whole(GP3.0)), GP3.0);
                let throughput = beyond(self.throughput.known_or(whole(GP3.1)), GP3.1);
                if iops > Quantity::ZERO {
                    let what = format!("{name}IOPS beyond {}", GP3.0);
                    bill.fixed(&what, "IOPS", &of("provisioned-iops-gp3"), iops);
                }
                if throughput > Quantity::ZERO {
                    let what = format!("{name}Throughput beyond {} MiB/s", GP3.1);
                    bill.fixed(&what, "Mbps", &of("provisioned-throughput"), throughput);
                }
            }
            "standard" => {
                let key = "monthly_standard_io_requests";
                bill.usage(&format!("{name}I/O requests"), "1M request", &of("i/o-requests"), key, 1_000_000);
            }
            _ => {}
        }
    }
}
